export interface Character {
  id: string;
  ownerId: string;
  name: string;
  /** As it was written; unique among the owner's whatever the case. */
  handle: string;
  config: Record<string, unknown>;
  /** 1 at first, one more with every update. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewCharacter {
  ownerId: string;
  name: string;
  handle: string;
  /** Default empty. */
  config?: Record<string, unknown>;
}

/** What is not named stays; `config` is merged by key. */
export interface CharacterPatch {
  name?: string | undefined;
  handle?: string | undefined;
  config?: Record<string, unknown> | undefined;
}

/**
 * - `stale`: it has another version than the expected one; nothing changed.
 * - `missing`: not there, deleted, or somebody else's.
 */
export type CharacterUpdate = { outcome: 'updated'; character: Character } | { outcome: 'stale' | 'missing' };
