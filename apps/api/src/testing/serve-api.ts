import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ImageModuleOptions } from '@sluice/feature-image';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { createApp } from '../lib/create-app';
import type { Settings } from '../lib/environment';
import type { HttpBounds } from '../lib/http-bounds';
import { createLogger } from '../lib/logging';

export interface ServedApi {
  app: NestFastifyApplication;
  url: string;
  /** Every line logged so far. */
  log(): string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed, when it is JSON. */
  body: Record<string, unknown>;
  text: string;
}

export interface Servers {
  redis: Awaited<ReturnType<typeof provideRedis>>;
  database: Awaited<ReturnType<typeof provideDatabase>>;
  keyPrefix: string;
  stop(): Promise<void>;
}

export async function provideServers(): Promise<Servers> {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const stop = async () => void (await Promise.all([redis.stop(), database.stop()]));
  return { redis, database, keyPrefix: `test-${randomUUID()}:`, stop };
}

const SETTINGS: Settings = {
  production: false,
  port: 0,
  host: '127.0.0.1',
  logLevel: 'debug',
  appSecret: 'a secret that all instances share',
  dataFolder: '.data',
  managementPort: undefined,
  managementToken: undefined,
  shutdownDelayMs: 0,
  trustedProxies: [],
  browsers: { corsOrigins: [], hstsSeconds: 31_536_000 },
  // Tests ask more, and sign in more often, than people do.
  rateLimits: {
    requestsPerMinute: 100_000,
    burst: 100_000,
    signInPerMinute: 1_000,
    imagesPerMinute: 1_000,
    linksPerMinute: 100_000,
    instances: 1,
    deadlineMs: 50,
  },
};

/** The whole app on a port of its own, as `main.ts` would start it. */
export async function serveApi(
  servers: Servers,
  options: {
    settings?: Partial<Settings>;
    images?: ImageModuleOptions;
    bounds?: Partial<HttpBounds>;
    beforeListening?: (app: NestFastifyApplication) => void;
  } = {},
): Promise<ServedApi> {
  const lines: string[] = [];
  const logger = createLogger('debug', { write: (line) => void lines.push(line) });
  const app = await createApp({
    settings: { ...SETTINGS, ...options.settings },
    logger,
    redis: { url: servers.redis.url, keyPrefix: servers.keyPrefix },
    database: { url: servers.database.url },
    ...(options.images && { images: options.images }),
    ...(options.bounds && { bounds: options.bounds }),
  });
  options.beforeListening?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    log: () => lines.join(''),
    async call(method, path, { token, body, headers, signal } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        ...(signal && { signal }),
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
      const parsed = (isJson && text !== '' ? JSON.parse(text) : {}) as Record<string, unknown>;
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
  };
}
