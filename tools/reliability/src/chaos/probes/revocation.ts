import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../matrix';
import { every } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { call, signIn, unless } from './http';
import type { Urls } from './http';

const EVERY_MS = 500;
const ELSEWHERE_WITHIN_MS = 1_000;
/** For who was cut off while he revoked. */
const AT_LATEST_MS = 30_000;
/** So many are asked for again, at random. */
const REMEMBERED = 100;

/** Signs out at one process, by turns as several users, whose limits are not what this is about: refused there from the answer on, and at the other within a second. */
export async function revoke(reporter: Reporter, [one, two]: Urls, emails: readonly string[]): Promise<void> {
  const revoked: string[] = [];
  let n = 0;
  await every(EVERY_MS, reporter, async () => {
    const { answer, token } = await signIn(one, emails[n++ % emails.length] as string);
    if (answer.status !== 200)
      return say(answer.ms, `sign-in ${answer.status || answer.failure}`, unless(200, answer));
    const [, before] = await Promise.all([one, two].map((url) => me(url, token)));
    const out = await call(one, 'POST', '/api/auth/logout', { token });
    const here = await me(one, token);
    const wrong = unless(204, out) ?? unless(401, here);
    if (wrong) return say(Math.max(out.ms, here.ms), `${out.status}, ${here.status}`, wrong);
    void elsewhere(token, now(), Math.max(out.ms, here.ms, before?.ms ?? 0));
    await refusedForEver();
    revoked.push(token);
    if (revoked.length > REMEMBERED) revoked.shift();
  });

  /** One that was revoked before, at both. */
  async function refusedForEver(): Promise<void> {
    const token = revoked[Math.floor(Math.random() * revoked.length)];
    if (!token) return;
    const answers = await Promise.all([one, two].map((url) => me(url, token)));
    const valid = answers.find(({ status }) => status === 200);
    if (valid) say(valid.ms, 'valid again', 'a session that had been refused everywhere was valid again');
  }

  async function elsewhere(token: string, since: number, ms: number): Promise<void> {
    for (;;) {
      const { status } = await me(two, token);
      const after = now() - since;
      if (status === 401)
        return say(ms, after < ELSEWHERE_WITHIN_MS ? 'refused' : 'refused elsewhere later', undefined, after);
      if (after > AT_LATEST_MS)
        return say(ms, 'valid elsewhere', `valid elsewhere for over ${AT_LATEST_MS} ms`);
      await pause(100);
    }
  }

  function say(ms: number, outcome: string, wrong?: string, staleMs = 0): void {
    reporter.say('revocation', {
      ms,
      outcome,
      usual: !wrong && staleMs < ELSEWHERE_WITHIN_MS,
      ...(wrong && { wrong }),
      ...(staleMs >= ELSEWHERE_WITHIN_MS && { staleMs }),
    });
  }
}

function me(url: string, token: string): ReturnType<typeof call> {
  return call(url, 'GET', '/api/auth/me', { token });
}
