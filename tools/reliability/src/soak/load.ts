import { type Client, WrongAnswerError } from './clients/client';
import { guess } from './clients/guesser';
import { paint } from './clients/painter';
import { probe } from './clients/prober';
import { visit } from './clients/visitor';
import { write } from './clients/writer';
import type { Gate } from './gate';

/** One round of a way of life; each is begun by what is done once. */
type WayOfLife = (client: Client) => Promise<() => Promise<void>>;

/** Who there is, and how many. */
const PEOPLE: readonly (readonly [WayOfLife, number])[] = [
  [write, 4],
  [visit, 2],
  [paint, 3],
  [guess, 1],
  [probe, 1],
];

/** Everybody lives until the signal, through the gate; what has begun is ended. @throws Error that is no wrong answer */
export async function live(newClient: (n: number) => Client, gate: Gate, end: AbortSignal): Promise<void> {
  let n = 0;
  const lives = PEOPLE.flatMap(([way, count]) =>
    Array.from({ length: count }, async () => {
      const client = newClient(n++);
      const round = await way(client);
      while (!end.aborted) {
        await gate.through(round).catch(async (error: unknown) => {
          if (!(error instanceof WrongAnswerError)) throw error;
          // It is in the journal. Nobody asks as fast as he can because of it.
          await client.think();
        });
      }
    }),
  );
  await Promise.all(lives);
}
