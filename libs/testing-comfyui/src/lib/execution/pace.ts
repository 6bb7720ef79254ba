import { setTimeout as wait } from 'node:timers/promises';

/**
 * Lets time pass in a running node. Tests put a clock of their own in its place.
 * @param signal fires when the server is gone; the promise rejects then
 */
export type Pace = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const realTime: Pace = async (milliseconds, signal) => {
  await wait(milliseconds, undefined, { signal });
};
