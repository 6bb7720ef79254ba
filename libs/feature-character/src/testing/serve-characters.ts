import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { DatabaseModule, UserRepository } from '@sluice/data-access-database';
import { RedisModule } from '@sluice/data-access-redis';
import { HttpModule, type HttpRequest, ProblemFilter, setCurrentUser } from '@sluice/util-http';
import { CharacterCacheService, CharacterModule } from '../index';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** One instance of an app that has nothing but characters, and believes whoever says who they are. */
export interface CharacterApp {
  cache: CharacterCacheService;
  call(
    userId: string,
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  createUser(email: string): Promise<string>;
  close(): Promise<void>;
}

@Injectable()
class TrustingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    setCurrentUser(request, { id: String(request.headers['x-user']), sessionId: '' });
    return true;
  }
}

export async function serveCharacters(servers: {
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
}): Promise<CharacterApp> {
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: servers.redisUrl, keyPrefix: servers.keyPrefix }),
      DatabaseModule.forRoot({ url: servers.databaseUrl }),
      HttpModule.forRoot({ secret: 'a secret that all instances share' }),
      CharacterModule,
    ],
    providers: [
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useClass: TrustingGuard },
    ],
  }).compile();
  const app: NestFastifyApplication = module.createNestApplication(new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    cache: app.get(CharacterCacheService, { strict: false }),
    async call(userId, method, path, { body, headers } = {}) {
      const response = await fetch(`${url}/api/characters${path}`, {
        method,
        headers: {
          'x-user': userId,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
    },
    createUser: async (email) =>
      (await module.get(UserRepository, { strict: false }).create({ email, passwordHash: 'none' })).id,
    close: () => app.close(),
  };
}
