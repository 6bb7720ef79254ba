import { createHash } from 'node:crypto';

/** The same for bodies that say the same, whatever the order of their fields. */
export function requestHash(body: object): string {
  const fields = Object.entries(body).filter(([, value]) => value !== undefined);
  const text = JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(text).digest('hex');
}
