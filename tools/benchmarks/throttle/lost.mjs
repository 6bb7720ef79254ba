const TOO_LONG = Symbol('too long');

/**
 * Asks one decision after the other, while there is no Redis, until one of them takes too long.
 *
 * @param {import('./contender.mjs').Decide} decide
 * @param {string} client
 * @param {{ times: number, patience: number }} what `patience`: ms after which a request would have been given up
 * @returns {Promise<{ milliseconds: number, outcome: 'allowed' | 'denied' | 'error' | 'none' }[]>}
 */
export async function decideWithoutRedis(decide, client, { times, patience }) {
  const found = [];
  while (found.length < times) {
    const began = performance.now();
    const outcome = await outcomeOf(decide, client, patience);
    found.push({ milliseconds: performance.now() - began, outcome });
    if (outcome === 'none') break;
  }
  return found;
}

async function outcomeOf(decide, client, patience) {
  let timer;
  const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, patience, TOO_LONG)));
  try {
    const passes = await Promise.race([decide(client), tooLong]);
    if (passes === TOO_LONG) return 'none';
    return passes ? 'allowed' : 'denied';
  } catch {
    return 'error';
  } finally {
    clearTimeout(timer);
  }
}
