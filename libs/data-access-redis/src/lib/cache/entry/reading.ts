import type { Entry } from './envelope';

/** What a read found, and what a load may be stored over. */
export interface Reading<T> {
  /** `fresh` is served; `stale` is old, but may stand in; `none` is a miss. */
  state: 'fresh' | 'stale' | 'none';
  /** The value unless `none`: the caller's own, or shared and frozen. */
  value: T | null | undefined;
  /** Undefined when `none`. */
  entry: Entry | undefined;
  /** Head of what lies there, `''` for nothing: a load is stored only over this. */
  seen: string;
  /** False when nothing may be stored: Redis is away, or a newer release owns the entry. */
  storable: boolean;
  /** Versions of the cache's own tag and of the declared tags, by name; those that have none are missing. */
  versions: ReadonlyMap<string, string>;
  /** Tags that the loader added; until they are checked too, the value must not be served. */
  added: readonly string[] | undefined;
}

export const NO_VERSIONS: ReadonlyMap<string, string> = new Map();

/** What cannot be read is a miss over which nothing is stored. */
export const NOTHING = {
  state: 'none',
  value: undefined,
  entry: undefined,
  seen: '',
  storable: false,
  versions: NO_VERSIONS,
  added: undefined,
} as const satisfies Reading<never>;

export function unreadable<T>(): Reading<T> {
  return { ...NOTHING };
}
