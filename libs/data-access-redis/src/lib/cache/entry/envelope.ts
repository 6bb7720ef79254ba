import { randomBytes } from 'node:crypto';

/**
 * What lies in Redis for one cached value, as one text:
 *
 *     s2 <stamp> <v|a><expiresAt> <generation> <loadMs> <tags as JSON, or nothing>\n<value as JSON>
 *
 * `s2` is the version of this layout; the stamp (16 characters) is unique to the write; `v` is a value, `a` a
 * remembered absence; `expiresAt` is in ms since 1970 on the server's clock, in 13 digits; the generation is the one
 * of the cache, raised by `clear()`; `loadMs` is how long the load took; tags are `{"name":"version"}`.
 *
 * What stands in front of the value is read by position, since this runs on each read and a JSON header would cost
 * as much as a small value.
 */
export interface Entry {
  /** Head of the text: version and stamp. */
  readonly head: string;
  /** The value as JSON text, or null for a remembered absence. */
  readonly body: string | null;
  /** When it stops being fresh, in ms since 1970 on the server's clock. */
  readonly expiresAt: number;
  /** How long the load took, in ms. */
  readonly loadMs: number;
  /** Generation of the cache it was loaded under. */
  readonly generation: string;
  /** Versions of the tags it was loaded under. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

export type Decoded =
  | Entry
  /** Written by an older release: a miss that may be replaced. */
  | { readonly head: string; readonly is: 'older' }
  /** Written by a newer release: a miss, and not for us to replace or remove. */
  | 'newer'
  | 'garbage';

const VERSION = 2;
/** Length of `head`: `s2 ` and 16 characters. */
export const HEAD_LENGTH = 19;
const KIND_AT = HEAD_LENGTH + 1;
const EXPIRY_AT = KIND_AT + 1;
const EXPIRY_LENGTH = 13;
const GENERATION_AT = EXPIRY_AT + EXPIRY_LENGTH + 1;
const ANY_VERSION = /^s(\d{1,4}) /;
const OLDER = /^s1 [A-Za-z0-9_-]{16} /;
const SPACE = 0x20;
const VALUE = 0x76;
const ABSENT = 0x61;

export function encode({ body, expiresAt, loadMs, generation, tags }: Omit<Entry, 'head'>): string {
  const kind = body === null ? 'a' : 'v';
  const expiry = String(Math.max(0, Math.round(expiresAt))).padStart(EXPIRY_LENGTH, '0');
  const names = tags && Object.keys(tags).length > 0 ? JSON.stringify(tags) : '';
  return `s${VERSION} ${stamp()} ${kind}${expiry} ${generation} ${loadMs} ${names}\n${body ?? ''}`;
}

export function decode(raw: string): Decoded {
  if (!raw.startsWith('s2 ')) return decodeOther(raw);
  const newline = raw.indexOf('\n', GENERATION_AT);
  const generationEnd = raw.indexOf(' ', GENERATION_AT);
  const kind = raw.charCodeAt(KIND_AT);
  const expiresAt = Number(raw.slice(EXPIRY_AT, EXPIRY_AT + EXPIRY_LENGTH));
  if (
    generationEnd < 0 ||
    newline < generationEnd ||
    raw.charCodeAt(HEAD_LENGTH) !== SPACE ||
    raw.charCodeAt(GENERATION_AT - 1) !== SPACE ||
    (kind !== VALUE && kind !== ABSENT) ||
    !(expiresAt >= 0)
  ) {
    return 'garbage';
  }
  const loadEnd = raw.indexOf(' ', generationEnd + 1);
  const loadMs = Number(raw.slice(generationEnd + 1, loadEnd));
  const tags = newline === loadEnd + 1 ? undefined : readTags(raw.slice(loadEnd + 1, newline));
  if (loadEnd < 0 || loadEnd > newline || !(loadMs >= 0) || tags === null) return 'garbage';
  return {
    head: raw.slice(0, HEAD_LENGTH),
    body: kind === VALUE ? raw.slice(newline + 1) : null,
    expiresAt,
    loadMs,
    generation: raw.slice(GENERATION_AT, generationEnd),
    tags,
  };
}

/** Random once per process, then counted: as unique as sixteen random characters, at a tenth of the cost. */
const ORIGIN = randomBytes(6).toString('base64url');
let written = 0;

function stamp(): string {
  written += 1;
  return ORIGIN + written.toString(36).padStart(8, '0');
}

function decodeOther(raw: string): Decoded {
  const version = ANY_VERSION.exec(raw)?.[1];
  if (version !== undefined && Number(version) > VERSION) return 'newer';
  return OLDER.test(raw) ? { head: raw.slice(0, HEAD_LENGTH), is: 'older' } : 'garbage';
}

function readTags(text: string): Record<string, string> | null {
  try {
    const tags: unknown = JSON.parse(text);
    return typeof tags === 'object' && tags !== null ? (tags as Record<string, string>) : null;
  } catch {
    return null;
  }
}
