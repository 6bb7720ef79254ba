import { percentile } from '../lib/statistics.mjs';

/**
 * Callers that ask on while something is lost, whatever comes of it.
 *
 * @param {(index: number, patience: number) => Promise<{ status: number }>} ask
 * @param {{ users: number, callers: number, milliseconds: number, patience: number }} what `patience`: ms after which a
 *   request is given up
 * @returns {Promise<{ answered: number, refused: number, unanswered: number, seconds: number, p50: number, p99: number,
 *   longest: number }>} `answered` with 200, `refused` with another status, and ms of those that were answered
 */
export async function askThroughLoss(ask, { users, callers, milliseconds, patience }) {
  const began = performance.now();
  const times = [];
  let refused = 0;
  let unanswered = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let index = caller; performance.now() - began < milliseconds; index += callers) {
        const at = performance.now();
        const status = await ask(index % users, patience).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) times.push(performance.now() - at);
        else if (status === 0) unanswered += 1;
        else refused += 1;
      }
    }),
  );
  return {
    answered: times.length,
    refused,
    unanswered,
    seconds: (performance.now() - began) / 1_000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    longest: times.length > 0 ? Math.max(...times) : NaN,
  };
}
