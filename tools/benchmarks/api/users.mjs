import { createHash, createHmac } from 'node:crypto';

export const USERS = 4_000;
export const IMAGES_OF_EACH = 25;
/** Of one user more, who comes after the others. */
export const IMAGES_OF_COLLECTOR = 10_000;
/** Of the API and its peer alike: what one signs, the other reads. */
export const SECRET = 'a secret of a benchmark, which guards nothing';

const { AppSecrets } = await import('@sluice/util-http');
const key = new AppSecrets(SECRET).derive('access-token');

/**
 * @typedef {object} SeededUser
 * @property {string} id
 * @property {string} sessionId
 * @property {string} characterId
 * @property {string[]} imageIds newest first
 */

/** @param {number} index @returns {SeededUser} */
export function userAt(index) {
  return {
    id: idOf('user', index),
    sessionId: idOf('session', index),
    characterId: idOf('character', index),
    imageIds: Array.from({ length: IMAGES_OF_EACH }, (_, at) => idOf('image', index * IMAGES_OF_EACH + at)),
  };
}

/** A UUID that anybody can work out: here, and in the SQL that seeds. */
function idOf(what, index) {
  const hash = createHash('md5').update(`${what} ${index}`).digest('hex');
  const digits = `${hash.slice(0, 12)}4${hash.slice(13, 16)}8${hash.slice(17)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The access token of a user, as the API signs it. @param {SeededUser} user */
export function tokenOf({ id, sessionId }) {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { sub: id, sid: sessionId, iat: now, exp: now + 3_600, iss: 'sluice', aud: 'sluice-api' };
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
