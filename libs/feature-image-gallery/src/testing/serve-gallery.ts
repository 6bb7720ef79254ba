import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { DatabaseModule, UserRepository } from '@sluice/data-access-database';
import { RedisModule } from '@sluice/data-access-redis';
import {
  APP_SECRETS,
  type AppSecrets,
  HttpModule,
  type HttpRequest,
  isPublic,
  problem,
  ProblemFilter,
  setCurrentUser,
} from '@sluice/util-http';
import { ImageLinks, type ImageView } from '@sluice/util-images';
import { ImageGalleryModule } from '../index';
import { StandIn, StandInController } from './stand-in.controller';

export interface Page {
  data: ImageView[];
  page: { nextCursor: string | null; hasMore: boolean };
}

/**
 * One instance of an app that has nothing but the gallery and stand-ins for what its page asks of other features, and
 * believes whoever says who they are.
 */
export interface GalleryApp {
  url: string;
  get: TestingModule['get'];
  call(
    userId: string,
    method: string,
    path: string,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** A page that must be had. */
  page(userId: string, query?: Record<string, string>): Promise<Page>;
  createUser(email: string): Promise<string>;
  close(): Promise<void>;
}

@Injectable()
class TrustingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const token = request.headers['authorization']?.toString().replace('Bearer ', '');
    if (token === 'over') throw problem(401, { detail: 'The token is over.' });
    const id = request.headers['x-user'] ?? token;
    if (typeof id === 'string') setCurrentUser(request, { id, sessionId: '' });
    return typeof id === 'string' || isPublic(context);
  }
}

export async function serveGallery(servers: {
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
  /** The clock of signed links, in ms. Default: that of the machine. */
  now?: () => number;
}): Promise<GalleryApp> {
  const imageLinks = {
    inject: [APP_SECRETS],
    useFactory: (secrets: AppSecrets) => new ImageLinks(secrets, servers.now),
  };
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: servers.redisUrl, keyPrefix: servers.keyPrefix }),
      DatabaseModule.forRoot({ url: servers.databaseUrl }),
      HttpModule.forRoot({ secret: 'a secret that all instances share' }),
      ImageGalleryModule,
    ],
    controllers: [StandInController],
    providers: [
      StandIn,
      { provide: ImageLinks, ...imageLinks },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useClass: TrustingGuard },
    ],
  })
    .overrideProvider(ImageLinks)
    .useFactory({ inject: imageLinks.inject, factory: imageLinks.useFactory })
    .compile();
  const app: NestFastifyApplication = module.createNestApplication(
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: false },
  );
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const call: GalleryApp['call'] = async (userId, method, path) => {
    const response = await fetch(`${url}${path}`, { method, headers: { 'x-user': userId } });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  };
  return {
    url,
    get: ((token: never) => module.get(token, { strict: false })) as TestingModule['get'],
    call,
    async page(userId, query = {}) {
      const { status, body } = await call(userId, 'GET', `/api/gallery?${new URLSearchParams(query)}`);
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
      return body as unknown as Page;
    },
    createUser: async (email) =>
      (await module.get(UserRepository, { strict: false }).create({ email, passwordHash: 'none' })).id,
    close: () => app.close(),
  };
}
