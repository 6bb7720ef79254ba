import { setTimeout as pause } from 'node:timers/promises';
import { limits } from './contender.mjs';

/** Around the edge of a window that began with a client's first request, in ms. */
const BEFORE_MS = 900;
const AFTER_MS = 1_020;
export const NEAR_MS = 200;

/**
 * A client asks once, asks for what is left of the quota when the window is nearly over, and for twice the quota when
 * it is over.
 *
 * @param {import('./contender.mjs').Decide} decide
 * @param {{ clients: string[] }} what
 * @returns {Promise<{ near: number, second: number }[]>} how many passed within 200 ms, and within any second, of each
 */
export function crossEdge(decide, { clients }) {
  const { quota, seconds } = limits.edge;
  return Promise.all(
    clients.map(async (client) => {
      const passed = [];
      const ask = async () => {
        if (await decide(client)) passed.push(performance.now());
      };
      const began = performance.now();
      const until = (ms) => pause(Math.max(0, began + ms - performance.now()));
      await ask();
      await until(BEFORE_MS);
      await Promise.all(Array.from({ length: quota - 1 }, ask));
      await until(AFTER_MS);
      await Promise.all(Array.from({ length: 2 * quota }, ask));
      return { near: mostWithin(passed, NEAR_MS), second: mostWithin(passed, seconds * 1_000) };
    }),
  );
}

/**
 * @param {number[]} times in order
 * @param {number} milliseconds
 */
export function mostWithin(times, milliseconds) {
  let first = 0;
  let most = 0;
  times.forEach((time, at) => {
    while (time - times[first] >= milliseconds) first += 1;
    most = Math.max(most, at - first + 1);
  });
  return most;
}
