import { every } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { call, signIn, unless } from './http';
import type { Urls } from './http';

const EVERY_MS = 400;

/** Signs in at one process, and uses the token at the other. */
export async function signInAgain(reporter: Reporter, [one, two]: Urls, email: string): Promise<void> {
  let n = 0;
  await every(EVERY_MS, reporter, async () => {
    n += 1;
    const [here, there] = n % 2 === 0 ? [one, two] : [two, one];
    const { answer, token } = await signIn(here, email);
    const me = answer.status === 200 ? await call(there, 'GET', '/api/auth/me', { token }) : undefined;
    const wrong = unless(200, answer) ?? (me && unless(200, me));
    reporter.say('sign-in', {
      ms: Math.max(answer.ms, me?.ms ?? 0),
      outcome: String(answer.status || answer.failure),
      usual: !wrong,
      ...(wrong && { wrong }),
    });
  });
}
