const DAY_MS = 86_400_000;

/**
 * When a lease of `@sluice/data-access-redis` ends. Its key is a text, or a hash when several may hold it, in which the
 * end stands in ms by the server's clock.
 *
 * @param {import('ioredis-6').Redis} client
 * @param {string} key with its prefix
 * @returns {Promise<number>} NaN when nobody holds it
 */
export async function endOfOurLease(client, key) {
  const isHash = (await client.type(key)) === 'hash';
  const text = isHash ? Object.values(await client.hgetall(key)).join(' ') : await client.get(key);
  const now = Date.now();
  const ends = [...(text ?? '').matchAll(/\b\d{13}\b/g)]
    .map(Number)
    .filter((end) => Math.abs(end - now) < DAY_MS);
  return ends.length > 0 ? Math.max(...ends) : NaN;
}
