import { contend } from './contend.mjs';
import { TTL } from './contender.mjs';
import { Holdings } from './holdings.mjs';

/** Names that are locked in turn: many more than there are callers, so that no two want the same one. */
const NAMES = 1_024;

/**
 * What can be asked of a contender's process.
 *
 * @param {import('./contender.mjs').Mode} mode
 * @param {import('./contender.mjs').Handle} handle
 * @param {string} url
 * @returns {import('../lib/serve-contender.mjs').Contender}
 */
export function contenderOf(mode, handle, url) {
  const names = Array.from({ length: NAMES }, (_, index) => `${mode.id}-cycle-${index}`);
  const holdings = new Holdings(handle, url);

  async function cycle(index) {
    const held = await handle.acquire(names[index], TTL);
    return held.release();
  }

  const check = (released) => {
    if (released === false) throw new Error('the lock was gone before it was released');
  };

  return {
    prepare: async () => ({ run: cycle, check, count: NAMES, clockEvery: 8 }),
    contend: (what) => contend(handle, what),
    hold: (what) => holdings.hold(what),
    losses: () => holdings.losses(),
    blockAndWrite: (what) => holdings.blockAndWrite(what),
    takeOverAndWrite: (what) => holdings.takeOverAndWrite(what),
    close: async () => {
      await holdings.close();
      await handle.close();
    },
  };
}
