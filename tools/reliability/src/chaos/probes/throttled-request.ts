import { every } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { call, MANAGEMENT_TOKEN, signIn } from './http';
import type { Urls } from './http';

const EVERY_MS = 40;

/** One user asks more than his limit allows, of both processes. The API’s own metrics say who counted. */
export async function askTooMuch(reporter: Reporter, urls: Urls, email: string): Promise<void> {
  const { token } = await signIn(urls[0], email);
  let n = 0;
  let uncounted = await withoutRedis(urls[0]);
  await every(EVERY_MS, reporter, async () => {
    n += 1;
    const url = urls[n % 2] as string;
    const answer = await call(url, 'GET', '/api/auth/me', { token });
    const { status, ms, failure } = answer;
    const expected = status === 200 || status === 429;
    // Asked once a second: a decision that was made without Redis is one that is not as usual.
    const without = n % 25 === 0 ? await withoutRedis(urls[0]) : uncounted;
    const usual = expected && without === uncounted;
    uncounted = without;
    reporter.say('throttled request', {
      ms,
      outcome: status === 200 ? 'allowed' : status === 429 ? 'denied' : String(failure ?? status),
      usual,
      ...(!expected && { wrong: `it answered ${status || failure}` }),
    });
  });
}

/** How many requests that process has counted by itself so far. */
async function withoutRedis(url: string): Promise<number> {
  const { body } = await call(url, 'GET', '/metrics', { token: MANAGEMENT_TOKEN });
  const lines = String(body['text'] ?? '').matchAll(
    /^throttle_decisions_total\{policy="default",outcome="fallback_\w+"\} (\d+)/gm,
  );
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
