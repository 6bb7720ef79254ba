/**
 * The end of a lease that is a key of its own.
 *
 * @param {import('ioredis-6').Redis} client
 * @param {string} key
 * @returns {Promise<number>} as `Date.now()`; NaN when the key is not there
 */
export async function endOfKey(client, key) {
  const now = Date.now();
  const left = await client.pttl(key);
  return left > 0 ? now + left : NaN;
}
