import type { HealthCheck } from '@sluice/util-http';
import type { CheckResult } from './health.schemas';

const MAX_CHECK_MS = 500;

/** Runs a check for half a second at most. A check that goes on after that is no longer listened to. */
export async function boundedCheck({ check }: HealthCheck): Promise<CheckResult> {
  const started = performance.now();
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const late = () => {
      abort.abort();
      reject(Object.assign(new Error('The check took too long'), { code: 'TIMEOUT' }));
    };
    // When this process stood still, the answer may lie in the socket already; one more turn lets it be read, so that
    // our own slowness is not taken for the server's.
    timer = setTimeout(() => setImmediate(late), MAX_CHECK_MS);
  });
  const durationMs = () => Math.round(performance.now() - started);
  try {
    const details = await Promise.race([check(abort.signal), timeout]);
    return { status: 'ok', durationMs: durationMs(), ...(details && { details }) };
  } catch (error) {
    // The code only: messages of drivers may name hosts and users.
    const code = (error as { code?: unknown } | null)?.code;
    return { status: 'error', durationMs: durationMs(), code: typeof code === 'string' ? code : 'FAILED' };
  } finally {
    clearTimeout(timer);
  }
}
