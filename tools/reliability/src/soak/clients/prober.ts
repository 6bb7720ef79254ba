import { MANAGEMENT_TOKEN } from '../instance';
import { SHORTEST_DEADLINE_MS } from '../timeline';
import type { Asked, Client } from './client';

interface Check {
  status: string;
  code?: string;
}

interface Readiness {
  status: string;
  checks: Record<string, Check>;
}

/** An answer may be that to somebody who asked so much earlier. */
const SHARED_FOR_MS = 1_000;
/** A check is given up then. */
const CHECK_MS = 500;
const CUT_OFF = ' while it has no Redis';

/**
 * Asks whether each instance should get requests: always, for without Redis everything goes on. It says that it is
 * degraded while it has no Redis, and at no other time.
 */
export async function probe(client: Client): Promise<() => Promise<void>> {
  const ask = { token: MANAGEMENT_TOKEN };
  return async () => {
    for (const at of [0, ...client.elsewhere(0)]) {
      const asked = await client.ask<Readiness>([200, 503], 'GET', '/health/ready', { ...ask, at });
      const said = await judged(client, asked, performance.now());
      client.journal.did(`readiness: ${asked.body.status}${said}`);
    }
    await client.think(500);
  };
}

/** @returns why it was right to say so, if that is not plain */
async function judged(client: Client, asked: Asked<Readiness>, answeredAt: number): Promise<string> {
  const { status, body, begunAt, instance } = asked;
  const { timeline } = client.journal;
  const cutOff = timeline.cutOff(begunAt - SHARED_FOR_MS, answeredAt, instance);
  const failed = Object.entries(body.checks).filter(([, check]) => check.status !== 'ok');
  const which = failed.map(([name, { code }]) => `${name} (${code})`).join();
  const wrong = (when: string) => client.wrong(`${instance} says ${body.status}${when}: ${which}`, begunAt);

  if (body.status === 'ok') return cutOff ? wrong(CUT_OFF) : '';
  const tookTooLong = status === 503 || failed.some(([, { code }]) => code === 'TIMEOUT');
  const server = status === 503 ? 'the database' : 'Redis';
  const deadline = tookTooLong ? CHECK_MS : SHORTEST_DEADLINE_MS;
  if (status !== 503 && cutOff) return CUT_OFF;
  if (status !== 503 && timeline.broken(begunAt, answeredAt)) return ' while something was broken';
  const starved = (await client.history()).starved(begunAt, answeredAt, deadline, [instance, server]);
  return starved ? ' on a busy machine' : wrong(status === 503 ? '' : ' when nothing is broken');
}
