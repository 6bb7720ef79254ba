import { setTimeout as pause } from 'node:timers/promises';
import { DECIDES_WITHIN_MS, SIGN_INS } from '../world';
import type { Client } from './client';

const WINDOW_MS = 60_000;
const EVERY_MS = 500;
/** Two clocks, and the time that an answer is on its way. */
const SLACK_MS = 500;

/**
 * Guesses a password far more often than he may. In no minute more guesses are judged than the limit says; a server
 * that has forgotten its counts, or processes that count alone meanwhile, may give him that number again.
 */
export async function guess(client: Client): Promise<() => Promise<void>> {
  const { email } = await client.register();
  /** When each guess was judged that was let through: of the request, and of the answer. */
  const judged: { begunAt: number; answeredAt: number }[] = [];
  return async () => {
    const body = { email, password: 'a password that is wrong' };
    const answer = await client.ask([401, 429], 'POST', '/api/auth/login', { body });
    const answeredAt = performance.now();
    if (answer.status === 401) judged.push({ begunAt: answer.begunAt, answeredAt });
    else if (!(Number(answer.headers.get('retry-after')) > 0)) client.wrong('429 without Retry-After');
    while (judged[0] && judged[0].answeredAt < answeredAt - WINDOW_MS) judged.shift();
    // Surely within one minute, wherever on its way each was counted.
    const within = judged.filter(({ begunAt }) => begunAt > answeredAt - WINDOW_MS + SLACK_MS).length;
    if (within > SIGN_INS) {
      const broken = (await client.history()).count(
        answeredAt - WINDOW_MS,
        answeredAt,
        DECIDES_WITHIN_MS / 2,
      );
      const allowed = SIGN_INS * (1 + 2 * broken);
      if (within > allowed) client.wrong(`${within} guesses were judged in a minute`, answer.begunAt);
    }
    client.journal.did(answer.status === 401 ? 'guesses judged' : 'guesses refused');
    await pause(EVERY_MS);
  };
}
