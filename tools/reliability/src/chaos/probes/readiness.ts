import { every } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { call, MANAGEMENT_TOKEN } from './http';
import type { Urls } from './http';

const EVERY_MS = 100;

/** Asks both probes of an orchestrator. */
export async function askReadiness(reporter: Reporter, urls: Urls): Promise<void> {
  let n = 0;
  await every(EVERY_MS, reporter, async () => {
    n += 1;
    const url = urls[n % 2] as string;
    const ready = await call(url, 'GET', '/health/ready', { token: MANAGEMENT_TOKEN });
    const live = await call(url, 'GET', '/health/live');
    const status = String(ready.body['status'] ?? ready.failure ?? ready.status);
    // Not what this is about: a machine that does too much else may keep the database from answering in time.
    const { checks } = ready.body as { checks?: { database?: { status: string } } };
    const database = checks?.database?.status === 'error';
    const broken = [...(database ? [] : [ready]), live].find((answer) => answer.status !== 200);
    reporter.say('readiness', {
      ms: Math.max(ready.ms, live.ms),
      outcome: database ? 'database away' : status,
      usual: !broken && status === 'ok',
      ...(broken && {
        wrong: `it answered ${broken.status || broken.failure} ${JSON.stringify(broken.body)}`,
      }),
    });
  });
}
