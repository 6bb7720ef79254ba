import { setTimeout as pause } from 'node:timers/promises';
import { AFTER_STALL_MS } from '../timeline';
import type { Account, Client } from './client';

/** A session that has ended is refused by all within this time, and within the other if Redis was broken. In ms. */
const REFUSED_WITHIN = 1_000;
const REFUSED_WITHIN_BROKEN = 30_000;

/** Signs in, changes his tokens, signs out, and then tries to come in all the same. */
export async function visit(client: Client): Promise<() => Promise<void>> {
  const { email, password, user } = await client.register();
  return async () => {
    const body = { email, password };
    const signedIn = await client.ask<Account>([200], 'POST', '/api/auth/login', { body });
    const me = await client.ask<{ id: string }>([200], 'GET', '/api/auth/me', {
      token: signedIn.body.accessToken,
    });
    if (me.body.id !== user.id) client.wrong(`/api/auth/me is somebody else: ${me.body.id}`);
    await client.think();

    // Two tabs change the same token: both get the same one.
    const refresh = { body: { refreshToken: signedIn.body.refreshToken } };
    const [one, two] = await Promise.all([
      client.ask<Account>([200], 'POST', '/api/auth/refresh', refresh),
      client.ask<Account>([200], 'POST', '/api/auth/refresh', refresh),
    ]);
    if (one.body.refreshToken !== two.body.refreshToken) client.wrong('two tabs have got two refresh tokens');
    const token = one.body.accessToken;
    for (const at of [0, ...client.elsewhere(0)])
      await client.ask([200], 'GET', '/api/auth/me', { token, at });

    const { instance } = await client.ask([204], 'POST', '/api/auth/logout', { token });
    const endedAt = performance.now();
    await client.ask([401], 'GET', '/api/auth/me', { token, at: instance });
    await client.ask([401], 'POST', '/api/auth/refresh', { body: { refreshToken: one.body.refreshToken } });
    for (const at of client.elsewhere(instance)) await refusedSoon(client, token, at, endedAt);
    client.journal.did('sessions begun, renewed and ended');
    await client.think(2_000);
  };
}

async function refusedSoon(client: Client, token: string, at: number, endedAt: number): Promise<void> {
  for (;;) {
    const { status, begunAt } = await client.ask([200, 401], 'GET', '/api/auth/me', { token, at });
    if (status === 401) return;
    const late = begunAt - endedAt;
    if (late > REFUSED_WITHIN && late > (await allowedSince(client, endedAt, begunAt))) {
      client.wrong(`a session still opens ${at}, ${Math.round(late)} ms after it was ended`, begunAt);
    }
    await pause(100);
  }
}

/** For how long a session may still open another instance. */
async function allowedSince(client: Client, endedAt: number, until: number): Promise<number> {
  const timeline = await client.history();
  if (timeline.broken(endedAt, until)) return REFUSED_WITHIN_BROKEN;
  if (!timeline.unsettled(endedAt, until)) return REFUSED_WITHIN;
  return REFUSED_WITHIN + AFTER_STALL_MS + timeline.stoodStill(endedAt, until);
}
