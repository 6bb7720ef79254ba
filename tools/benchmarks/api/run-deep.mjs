import { say } from '../lib/say.mjs';
import { distribution } from '../lib/statistics.mjs';
import { IMAGES_OF_COLLECTOR, USERS } from './users.mjs';

export const DEEP = `a page of ${IMAGES_OF_COLLECTOR.toLocaleString('en-US')} images`;

/**
 * How long a page takes, wherever it is in a large gallery; one request after the other, all of Sluice.
 *
 * @param {import('./served.mjs').Served} ours
 * @param {import('../lib/arguments.mjs').Options} options
 * @returns {Promise<import('../lib/statistics.mjs').Distribution | undefined>} ms
 */
export async function runDeep(ours, { filter = '' }) {
  if (!DEEP.includes(filter)) return undefined;
  say(`${DEEP} …`);
  await ours.call('walk', { user: USERS }); // compiled code
  const { times, images } = await ours.call('walk', { user: USERS });
  if (images !== IMAGES_OF_COLLECTOR) throw new Error(`${images} images were found`);
  return distribution(times);
}
