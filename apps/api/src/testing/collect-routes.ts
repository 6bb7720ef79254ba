import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Every route that Nest hands to the router from here on, as the document writes them: `GET /api/images/{id}`. */
export function collectRoutes(app: NestFastifyApplication): ReadonlySet<string> {
  const routes = new Set<string>();
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      // HEAD is answered by what answers GET.
      for (const one of [method].flat().filter((name) => name !== 'HEAD'))
        routes.add(`${one} ${url.replace(/:(\w+)/g, '{$1}')}`);
    });
  return routes;
}
