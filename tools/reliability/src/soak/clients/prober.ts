import { MANAGEMENT_TOKEN } from '../instance';
import type { Client } from './client';

interface Readiness {
  status: string;
  checks: Record<string, { status: string; code?: string }>;
}

/** Asks whether each instance should get requests: always, for without Redis everything goes on; and all is well when nothing is broken. */
export async function probe(client: Client): Promise<() => Promise<void>> {
  const ask = { token: MANAGEMENT_TOKEN };
  return async () => {
    for (const at of [0, ...client.elsewhere(0)]) {
      const { status, body, begunAt } = await client.ask<Readiness>([200, 503], 'GET', '/health/ready', {
        ...ask,
        at,
      });
      const { timeline } = client.journal;
      const now = performance.now();
      const broken = timeline.unsettled(begunAt, now);
      if (status === 503 ? !timeline.starved(begunAt, now) : body.status !== 'ok' && !broken) {
        const failed = Object.entries(body.checks).filter(([, check]) => check.status !== 'ok');
        const which = failed.map(([name, { code }]) => `${name} (${code})`).join();
        client.wrong(
          `${at} says ${body.status}${broken ? '' : ' when nothing is broken'}: ${which}`,
          begunAt,
        );
      }
      client.journal.did(`readiness: ${body.status}`);
    }
    await client.think(1_000);
  };
}
