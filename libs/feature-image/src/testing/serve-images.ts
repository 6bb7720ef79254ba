import { randomUUID } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { CharacterRepository, DatabaseModule, UserRepository } from '@sluice/data-access-database';
import { RedisModule } from '@sluice/data-access-redis';
import { HttpModule, type HttpRequest, isPublic, ProblemFilter, setCurrentUser } from '@sluice/util-http';
import type { ImageView } from '@sluice/util-images';
import { ImageModule, type ImageModuleOptions } from '../index';
import { ImageJobRunner } from '../lib/jobs/image-job-runner';
import { ImageEvents } from '../lib/progress/image-events';
import { ImageStreams } from '../lib/progress/image-streams';
import { CHECKPOINT } from './comfyui-app';
import { pollUntil } from './poll-until';

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
  bytes: Buffer;
}

export interface ImagesServers {
  redisUrl: string;
  databaseUrl: string;
  keyPrefix: string;
  /** The folder of the images. */
  directory: string;
  /** None: nothing is configured. */
  comfyUiUrls: readonly string[];
}

interface CallOptions {
  /** Left out: nobody is signed in. */
  userId?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One instance of an app that has nothing but images, and believes whoever says who they are. */
export interface ImagesApp {
  readonly url: string;
  readonly streams: ImageStreams;
  readonly events: ImageEvents;
  readonly runner: ImageJobRunner;
  get<T>(type: Type<T>): T;
  call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    options?: CallOptions,
  ): Promise<Answer<Body>>;
  /** Asks for a small image. @throws Error when that is not 202 */
  ask(userId: string, body?: object): Promise<ImageView>;
  see(userId: string, id: string): Promise<ImageView>;
  /** Looks until it has this status. */
  reaches(userId: string, id: string, ...statuses: ImageView['status'][]): Promise<ImageView>;
  createUser(): Promise<string>;
  createCharacter(ownerId: string, config?: Record<string, unknown>): Promise<string>;
  /** As SIGTERM does. */
  close(): Promise<void>;
}

@Injectable()
class TrustingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const user = request.headers['x-user'];
    if (isPublic(context)) return true;
    if (typeof user !== 'string') return false;
    setCurrentUser(request, { id: user, sessionId: '' });
    return true;
  }
}

export async function serveImages(
  servers: ImagesServers,
  options: ImageModuleOptions = {},
): Promise<ImagesApp> {
  const module = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: servers.redisUrl, keyPrefix: servers.keyPrefix }),
      DatabaseModule.forRoot({ url: servers.databaseUrl }),
      HttpModule.forRoot({ secret: 'a secret that all instances share' }),
      ImageModule.forRoot({
        storage: { directory: servers.directory },
        quota: 1_000,
        ...options,
        comfyui: {
          urls: servers.comfyUiUrls,
          checkpoint: CHECKPOINT,
          connectTimeoutMs: 20_000,
          requestTimeoutMs: 20_000,
          forgottenAfterMs: 300,
          probeIntervalMs: 100,
          socketSilenceMs: 1_000,
          ...options.comfyui,
        },
        worker: { lease: 3_000, poll: 50, idlePoll: 200, ...options.worker },
      }),
    ],
    providers: [
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useClass: TrustingGuard },
    ],
  }).compile();
  const app: NestFastifyApplication = module.createNestApplication(new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  let closed: Promise<void> | undefined;

  const call: ImagesApp['call'] = async (method, path, { userId, body, headers } = {}) => {
    const response = await fetch(path.startsWith('/api') ? url + path : `${url}/api/images${path}`, {
      method,
      headers: {
        ...(userId !== undefined && { 'x-user': userId }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.includes('json') && bytes.length > 0;
    const parsed = isJson ? (JSON.parse(bytes.toString()) as never) : ({} as never);
    return { status: response.status, headers: response.headers, body: parsed, bytes };
  };
  const see: ImagesApp['see'] = async (userId, id) =>
    (await call<ImageView>('GET', `/${id}`, { userId })).body;

  return {
    url,
    streams: module.get(ImageStreams, { strict: false }),
    events: module.get(ImageEvents, { strict: false }),
    runner: module.get(ImageJobRunner, { strict: false }),
    get: (type) => module.get(type, { strict: false }),
    call,
    see,
    async ask(userId, more) {
      const body = { prompt: 'a lighthouse at dusk', width: 64, height: 64, ...more };
      const answer = await call<ImageView>('POST', '', { userId, body });
      if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${answer.bytes}`);
      return answer.body;
    },
    async reaches(userId, id, ...statuses) {
      let image = await see(userId, id);
      await pollUntil(async () => statuses.includes((image = await see(userId, id)).status));
      return image;
    },
    createUser: async () =>
      (
        await module
          .get(UserRepository, { strict: false })
          .create({ email: `${randomUUID()}@example.com`, passwordHash: 'none' })
      ).id,
    createCharacter: async (ownerId, config = {}) =>
      (
        await module
          .get(CharacterRepository, { strict: false })
          .create({ ownerId, name: 'Ada', handle: `h_${randomUUID().slice(0, 8)}`, config })
      ).id,
    close: () => (closed ??= app.close()),
  };
}
