import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type AppOptions } from './app.module';
import { tellBrowsers } from './browser-policy';
import { answerConnectionError, answerRouterError } from './framework-errors';
import { GracefulShutdown } from './graceful-shutdown';
import { boundedServer, HTTP_BOUNDS, refuseUnbounded } from './http-bounds';
import { acceptJsonOnly } from './json-body';
import { createNestLogger } from './logging';
import { serveDocument } from './openapi';
import { addRequestHooks } from './request-hooks';

/** Builds the app, ready to listen. */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const bounds = { ...HTTP_BOUNDS, ...options.bounds };
  const adapter = new FastifyAdapter({
    ...boundedServer(bounds),
    genReqId: () => randomUUID(),
    // Everybody can send X-Forwarded-For: it is believed of whom the operator names, and of nobody else.
    trustProxy: options.settings.trustedProxies.length > 0 && [...options.settings.trustedProxies],
    // While stopping, requests on connections that are open already are still served.
    return503OnClosing: false,
    frameworkErrors: answerRouterError,
    clientErrorHandler: answerConnectionError,
  });
  const app: NestFastifyApplication = await NestFactory.create(AppModule.forRoot(options), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: createNestLogger(options.logger),
  });
  const fastify = adapter.getInstance();
  acceptJsonOnly(fastify);
  const shutdown = app.get(GracefulShutdown);
  addRequestHooks(fastify, () => shutdown.begun);
  refuseUnbounded(fastify, bounds);
  await tellBrowsers(app, options.settings.browsers);
  serveDocument(app);
  return app;
}
