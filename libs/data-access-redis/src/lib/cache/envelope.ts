import { randomBytes } from 'node:crypto';

/**
 * What lies in Redis for one cached value:
 *
 *     s1 <16 characters, unique to this write> <header as JSON>\n<value as JSON>
 *
 * The unique part is what a fill compares before it writes (see fill.lua). A tombstone says "deleted a moment
 * ago": it reads as a miss, and stops a load that began before the deletion from bringing the old value back.
 */
export interface Entry {
  /** `value`, remembered absence, or tombstone. */
  kind: 'value' | 'absent' | 'tombstone';
  /** The value as JSON text; empty unless `kind` is `value`. */
  body: string;
  /** Milliseconds since 1970 after which it must not be served. */
  expiresAt: number;
  /** Versions of the tags it was loaded under. */
  tags: Readonly<Record<string, string>>;
}

export type Decoded =
  | { is: 'entry'; entry: Entry; stamp: string }
  /** Written by a newer release: not for us to read, replace or remove. */
  | { is: 'newer' }
  | { is: 'garbage' };

const VERSION = 1;
/** `s1 ` and 16 characters. */
export const STAMP_LENGTH = 19;
const HEAD = /^s(\d{1,4}) /;
const STAMP = /^s1 [A-Za-z0-9_-]{16} /;

export function encode(entry: Entry): string {
  const header = JSON.stringify({ k: entry.kind, e: entry.expiresAt, t: entry.tags });
  return `s${VERSION} ${randomBytes(12).toString('base64url')} ${header}\n${entry.body}`;
}

export function decode(raw: string): Decoded {
  const version = HEAD.exec(raw)?.[1];
  if (version === undefined) return { is: 'garbage' };
  if (Number(version) > VERSION) return { is: 'newer' };
  const newline = raw.indexOf('\n');
  if (newline < 0 || !STAMP.test(raw)) return { is: 'garbage' };
  try {
    const header: unknown = JSON.parse(raw.slice(STAMP_LENGTH + 1, newline));
    if (!isHeader(header)) return { is: 'garbage' };
    const body = raw.slice(newline + 1);
    if (header.k === 'value') JSON.parse(body);
    return {
      is: 'entry',
      stamp: raw.slice(0, STAMP_LENGTH),
      entry: { kind: header.k, body, expiresAt: header.e, tags: header.t },
    };
  } catch {
    return { is: 'garbage' };
  }
}

function isHeader(value: unknown): value is { k: Entry['kind']; e: number; t: Record<string, string> } {
  if (typeof value !== 'object' || value === null) return false;
  const { k, e, t } = value as Record<string, unknown>;
  return (
    (k === 'value' || k === 'absent' || k === 'tombstone') &&
    typeof e === 'number' &&
    typeof t === 'object' &&
    t !== null
  );
}
