import { now } from '../matrix';
import { every } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { call, signIn, unless } from './http';
import type { Urls } from './http';

const EVERY_MS = 700;
const LOOK_EVERY_MS = 250;
/** A picture that takes longer waits for something. */
const USUAL_MS = 3_000;
/** The API lets a user have 20. */
const MOST_UNFINISHED = 10;

interface Asked {
  readonly id: string;
  readonly at: number;
}

/** Asks for pictures at one process after the other, and follows them to their end, the oldest first; one that does not come is told as long as it does not. */
export async function painting(reporter: Reporter, urls: Urls, email: string): Promise<void> {
  const { token } = await signIn(urls[0], email);
  const unfinished: Asked[] = [];
  let n = 0;

  const ask = async (): Promise<void> => {
    if (unfinished.length >= MOST_UNFINISHED) return;
    n += 1;
    const body = { prompt: `picture ${n}`, width: 64, height: 64 };
    const answer = await call(urls[n % 2] as string, 'POST', '/api/images', { token, body });
    const wrong = unless(202, answer);
    say(answer.ms, wrong ? String(answer.status || answer.failure) : 'accepted', !wrong, wrong);
    if (!wrong) unfinished.push({ id: String(answer.body['id']), at: now() });
  };
  const look = async ({ id, at }: Asked): Promise<void> => {
    const answer = await call(urls[Math.round(now()) % 2] as string, 'GET', `/api/images/${id}`, { token });
    const wrong = unless(200, answer);
    const state = wrong ? String(answer.status || answer.failure) : String(answer.body['status']);
    if (state === 'completed') unfinished.shift();
    if (state === 'failed') unfinished.shift();
    const usual = !wrong && state !== 'failed' && (state === 'completed' || now() - at < USUAL_MS);
    say(
      answer.ms,
      usual || state !== 'queued' ? state : 'waits',
      usual,
      state === 'failed' ? 'an image failed' : wrong,
    );
  };

  await Promise.all([
    every(EVERY_MS, reporter, ask),
    every(LOOK_EVERY_MS, reporter, async () => {
      const [oldest] = unfinished;
      if (oldest) await look(oldest);
    }),
  ]);

  function say(ms: number, outcome: string, usual: boolean, wrong?: string): void {
    reporter.say('image job', { ms, outcome, usual, ...(wrong && { wrong }) });
  }
}
