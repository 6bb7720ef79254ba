// What `npx nx run api:redis-audit` boots: the whole API on real servers, put to work, and shown to the audit.
import { randomUUID } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { ModulesContainer } from '@nestjs/core';
import { provideServers, serveApi, type ServedApi } from './serve-api';

/** Who asks at the same time: enough for a pool to grow, were there one. */
const USERS = 8;
const ROUNDS = 5;

async function main(): Promise<void> {
  const servers = await provideServers();
  const api = await serveApi(servers);
  channel('redis-audit:booted').publish({
    modules: api.app.get(ModulesContainer),
    clientList: () => servers.redis.cli('CLIENT', 'LIST'),
    // Under RESP3 subscriptions go over `cmd`; the near caches want `inv`.
    connections: [
      { role: 'cmd', name: `^sluice:cmd:.*:${process.pid}$`, count: 1 },
      { role: 'inv', name: `^sluice:inv:.*:${process.pid}$`, count: 1 },
    ],
    work: async () => {
      await Promise.all(Array.from({ length: USERS }, () => useEverything(api)));
    },
    close: async () => {
      await api.app.close();
      await servers.stop();
    },
  });
}

/** Sessions, characters, galleries, limits, readiness: whatever a person makes the API ask of Redis. */
async function useEverything(api: ServedApi): Promise<void> {
  const body = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const token = String((await expectOk(api.call('POST', '/api/auth/register', { body })))['accessToken']);
  const character = { name: 'Ada', handle: 'ada' };
  const made = await expectOk(api.call('POST', '/api/characters', { token, body: character }));
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([
      expectOk(api.call('GET', `/api/characters/${String(made['id'])}`, { token })),
      expectOk(api.call('GET', '/api/characters/by-handle/ada', { token })),
      expectOk(api.call('GET', '/api/characters', { token })),
      expectOk(api.call('GET', '/api/gallery', { token })),
      expectOk(api.call('GET', '/api/auth/sessions', { token })),
      expectOk(api.call('GET', '/health/ready')),
    ]);
  }
  await expectOk(api.call('POST', '/api/auth/logout', { token }));
}

async function expectOk(answer: ReturnType<ServedApi['call']>): Promise<Record<string, unknown>> {
  const { status, body, text } = await answer;
  if (status >= 300) throw new Error(`the API answered ${status}: ${text}`);
  return body;
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
