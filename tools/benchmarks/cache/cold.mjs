import { setTimeout as pause } from 'node:timers/promises';
import { valueOf, sizes } from './values.mjs';

/** How long the loader of a cold key takes, in ms. */
export const LOAD_MS = 50;

/**
 * Many callers of this process ask for one key that nobody has loaded yet.
 *
 * @param {import('./contender.mjs').Handle} handle
 * @param {{ key: string, callers: number, at: number }} what `at`: time of day at which every process begins
 * @returns {Promise<{ loads: number, milliseconds: number }>}
 */
export async function loadCold(handle, { key, callers, at }) {
  const value = valueOf(sizes[0], 7);
  let loads = 0;
  const loader = async () => {
    loads += 1;
    await pause(LOAD_MS);
    return valueOf(sizes[0], 7);
  };
  await pause(Math.max(0, at - Date.now()));
  const began = performance.now();
  const got = await Promise.all(Array.from({ length: callers }, () => handle.load(key, loader)));
  const milliseconds = performance.now() - began;
  if (got.some((each) => JSON.stringify(each) !== JSON.stringify(value)))
    throw new Error('a caller got another value');
  return { loads, milliseconds };
}
