import { Injectable } from '@nestjs/common';
import { type RedisCache, RedisService } from '@sluice/data-access-redis';
import type { CharacterView } from './character.schemas';

/** A character as it is cached: what is answered, and whose it is. Plain JSON. */
export interface CachedCharacter extends CharacterView {
  ownerId: string;
}

/** The first page of a list, and where the next one begins. */
export interface CachedPage {
  characters: CachedCharacter[];
  next: { createdAt: string; id: string } | null;
}

/** What a write touched, so that everything cached of it can go. */
export interface CharacterChange {
  ownerId: string;
  /** Missing for a character that was just made: nobody can have asked for its id. */
  id?: string;
  /** All handles that name something else now: the old, the new, the freed one. */
  handles: readonly string[];
}

const LIFETIME_MS = 60_000;
/** Room for some ten thousand characters in the process. */
const NEAR_BYTES = 32 * 1_048_576;

/**
 * Characters by id, handles as pointers to ids, and first list pages. Ownership is no part of the key by id: it is
 * checked after the cache, so one entry serves everybody and one delete empties it.
 */
@Injectable()
export class CharacterCacheService {
  private readonly characters: RedisCache<CachedCharacter>;
  private readonly handles: RedisCache<string>;
  private readonly firstPages: RedisCache<CachedPage>;

  constructor(private readonly redis: RedisService) {
    this.characters = redis.cache('character', { ttl: LIFETIME_MS, near: { maxBytes: NEAR_BYTES } });
    this.handles = redis.cache('character-handle', { ttl: LIFETIME_MS });
    this.firstPages = redis.cache('character-list', {
      ttl: LIFETIME_MS,
      tags: (key) => [listTag(ownerOf(key))],
    });
  }

  byId(id: string, load: () => Promise<CachedCharacter | null>): Promise<CachedCharacter | null> {
    return this.characters.getOrSet(id, load);
  }

  /** The id behind a handle of this owner, whatever its case; null when there is none. */
  idByHandle(ownerId: string, handle: string, load: () => Promise<string | null>): Promise<string | null> {
    return this.handles.getOrSet(handleKey(ownerId, handle), load);
  }

  firstPage(ownerId: string, limit: number, load: () => Promise<CachedPage>): Promise<CachedPage> {
    return this.firstPages.getOrSet(`${ownerId}:${limit}`, load) as Promise<CachedPage>;
  }

  /** Takes everything a write made wrong out of service. Call it after the database has the write. */
  async invalidate({ ownerId, id, handles }: CharacterChange): Promise<void> {
    const handleKeys = [...new Set(handles.map((handle) => handleKey(ownerId, handle)))];
    await Promise.all([
      id === undefined ? undefined : this.characters.delete(id),
      this.handles.delete(handleKeys),
      this.redis.invalidateTags([listTag(ownerId)]),
    ]);
  }
}

function listTag(ownerId: string): string {
  return `characters:user:${ownerId}`;
}

/** Owners are UUIDs, so the part before the first colon is the owner. */
function ownerOf(key: string): string {
  return key.split(':', 1)[0] ?? '';
}

function handleKey(ownerId: string, handle: string): string {
  return `${ownerId}:${handle.toLowerCase()}`;
}
