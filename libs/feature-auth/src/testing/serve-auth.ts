import type { Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { DatabaseModule } from '@sluice/data-access-database';
import { RedisModule } from '@sluice/data-access-redis';
import { HttpModule, ProblemFilter } from '@sluice/util-http';
import { AccessTokenGuard, AuthModule, SessionGuard } from '../index';
import type { SignedIn } from '../lib/http/auth.schemas';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface CallOptions {
  token?: string;
  /** The header as it is, in place of a token. */
  authorization?: string;
  body?: unknown;
}

/** One instance of an app that has nothing but sign-in. */
export interface AuthApp {
  /** What Nest has made of this class. */
  get<T>(type: Type<T>): T;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A user with a session; fails when it does not work. */
  register(email: string): Promise<SignedIn>;
  login(email: string, password?: string): Promise<SignedIn>;
  close(): Promise<void>;
}

/** The secret of every instance. */
export const APP_SECRET = 'a secret that all instances share';

export const PASSWORD = 'correct horse battery';

export async function serveAuth(servers: {
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
}): Promise<AuthApp> {
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: servers.redisUrl, keyPrefix: servers.keyPrefix }),
      DatabaseModule.forRoot({ url: servers.databaseUrl }),
      HttpModule.forRoot({ secret: APP_SECRET }),
      AuthModule,
    ],
    providers: [
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useExisting: AccessTokenGuard },
      { provide: APP_GUARD, useExisting: SessionGuard },
    ],
  }).compile();
  const app: NestFastifyApplication = module.createNestApplication(new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const call: AuthApp['call'] = async (
    method,
    path,
    { token, body, authorization = token === undefined ? undefined : `Bearer ${token}` } = {},
  ) => {
    const response = await fetch(`${url}/api/auth/${path}`, {
      method,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  };
  const signIn = async (path: string, email: string, password: string, expected: number) => {
    const answer = await call('POST', path, { body: { email, password } });
    if (answer.status !== expected) throw new Error(`${path} answered ${answer.status}`);
    return answer.body as SignedIn;
  };
  return {
    get: (type) => module.get(type, { strict: false }),
    call,
    register: (email) => signIn('register', email, PASSWORD, 201),
    login: (email, password = PASSWORD) => signIn('login', email, password, 200),
    close: () => app.close(),
  };
}
