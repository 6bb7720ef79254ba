import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisContract } from '@sluice/data-access-redis/testing';
import { startComfyUi, type ComfyUi } from '@sluice/testing-comfyui';
import { provideDatabase, startRedis, type RedisProcess } from '@sluice/testing-servers';
import {
  PASSWORD,
  USER,
  commandsOfScripts,
  commandsSeenBy,
  grantedBy,
  linesOfGuide,
} from '../testing/redis-user';
import { serveApi, type ServedApi, type Servers } from '../testing/serve-api';
import { personWithEverything, viewOf, type Person } from '../testing/two-users';

jest.setTimeout(60_000);

let redis: RedisProcess;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let comfy: ComfyUi;
let folder: string;
let servers: Servers;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'least-'));
  [redis, database, comfy] = await Promise.all([
    startRedis(),
    provideDatabase(),
    startComfyUi({ paintMs: 50 }),
  ]);
  for (const words of linesOfGuide()) await redis.cli(...words);
  const url = redis.url.replace('redis://', `redis://${USER}:${PASSWORD}@`);
  const limited = { url, cli: redis.cli, stop: redis.stop };
  servers = { redis: limited, database, keyPrefix: 'sluice:', stop: () => redis.stop() };
});
afterAll(async () => {
  await Promise.all([redis?.stop(), database?.stop(), comfy?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Whatever the user was refused so far: command, key or channel. */
async function refusals(): Promise<string> {
  return redis.cli('ACL', 'LOG');
}

it('the user of the guide may do all that the API does', async () => {
  const api = await serveApi(servers, {
    images: {
      comfyui: { urls: [comfy.url], checkpoint: 'sluice-simulator.safetensors' },
      storage: { directory: folder },
    },
  });
  const person = await personWithEverything(api, servers);
  await viewOf(api, person);
  await viewOf(api, person);
  await changeEverything(api, person);
  expect((await api.call('GET', '/health/ready')).body['status']).toBe('ok');
  await api.app.close();
  expect(await refusals()).toBe('');
});

async function changeEverything(api: ServedApi, person: Person): Promise<void> {
  const { token, characterId, imageId, email } = person;
  const asked = await api.call('POST', '/api/images', {
    token,
    body: { prompt: 'x', width: 64, height: 64 },
  });
  // To its end: the stream closes by itself.
  const events = await api.call('GET', (asked.body['links'] as { events: string }).events);
  expect(events.text).toContain('"status":"completed"');
  const steps: [string, string, unknown?][] = [
    ['DELETE', `/api/images/${imageId}/like`],
    ['POST', `/api/images/${String(asked.body['id'])}/cancel`],
    ['DELETE', `/api/images/${imageId}`],
    ['PATCH', `/api/characters/${characterId}`, { name: 'Eve' }],
    ['DELETE', `/api/characters/${characterId}`],
    ['POST', '/api/auth/login', { email, password: 'wrong wrong wrong' }],
    ['POST', '/api/auth/logout-all'],
  ];
  for (const [method, path, body] of steps) {
    const { status } = await api.call(method, path, { token, body });
    expect(status).toBeLessThan(500);
  }
}

it.each(redisContract.map(({ promise, check }) => [promise, check] as const))(
  'and all that the library promises: %s',
  (_, check) => check({ url: servers.redis.url, keyPrefix: servers.keyPrefix }),
);

it('and every right of it is needed, none is missing', async () => {
  expect(await refusals()).toBe('');
  const needed = new Set([...(await commandsSeenBy(redis)), ...commandsOfScripts()]);
  expect(grantedBy(linesOfGuide()).sort()).toEqual([...needed].sort());
});

const FORBIDDEN = [
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['CONFIG', 'GET', 'requirepass'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'PAUSE', '1'],
  ['SCRIPT', 'FLUSH'],
  ['FUNCTION', 'FLUSH'],
  ['ACL', 'LIST'],
  ['MONITOR'],
  ['SHUTDOWN', 'NOSAVE'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['SELECT', '1'],
  ['BLPOP', 'sluice:list', '1'],
  ['GET', 'other:key'],
  ['SET', 'other:key', '1'],
  ['PUBLISH', 'other:channel', 'x'],
  ['SUBSCRIBE', 'other:channel'],
  ['EVAL', "return redis.call('GET', 'other:key')", '0'],
  ['EVAL', "return redis.call('KEYS', '*')", '0'],
];

it('but may do nothing else', async () => {
  const asUser = ['--user', USER, '--pass', PASSWORD, '--no-auth-warning'];
  const answers = await Promise.all(
    FORBIDDEN.map((words) => redis.cli(...asUser, ...words).catch((error: Error) => error.message)),
  );
  for (const [i, answer] of answers.entries()) {
    expect([FORBIDDEN[i], answer]).toEqual([
      FORBIDDEN[i],
      expect.stringMatching(/NOPERM|can't (access|run)/),
    ]);
  }
});
