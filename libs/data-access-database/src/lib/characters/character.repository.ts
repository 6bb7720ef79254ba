import { Inject, Injectable } from '@nestjs/common';
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { Database } from '../connection/database';
import { characters } from '../schema/characters';
import type { ListPosition } from '../lists/list-position';
import { isAfter, newestFirst } from '../lists/newest-first';
import type { Character, CharacterPatch, CharacterUpdate, NewCharacter } from './character';

const { id, ownerId, name, handle, config, version, createdAt, updatedAt, deletedAt } = characters;
const columns = { id, ownerId, name, handle, config, version, createdAt, updatedAt };

const isThere = (characterId: string, owner: string): SQL | undefined =>
  and(eq(id, characterId), eq(ownerId, owner), isNull(deletedAt));

/** Characters. Deleted ones are as if they were not there. Every method rejects with `DatabaseError`. */
@Injectable()
export class CharacterRepository {
  @Inject() private readonly database!: Database;

  /** @throws DatabaseError `DATABASE_CONFLICT` (`characters_owner_handle_key`) when the owner has this handle */
  async create(character: NewCharacter): Promise<Character> {
    const [created] = await this.database.write((queries) =>
      queries.insert(characters).values(character).returning(columns),
    );
    return created as Character;
  }

  /** Anybody's: the caller compares `ownerId`. */
  findById(characterId: string): Promise<Character | null> {
    return this.findOne(eq(id, characterId));
  }

  /** Among the owner's, whatever the case. */
  findByHandle(owner: string, wanted: string): Promise<Character | null> {
    return this.findOne(and(eq(ownerId, owner), sql`lower(${handle}) = lower(${wanted})`));
  }

  /** Newest first; `after` is where the page before ended. */
  list(owner: string, { after, limit }: { after?: ListPosition; limit: number }): Promise<Character[]> {
    return this.database.read((queries) =>
      queries
        .select(columns)
        .from(characters)
        .where(and(eq(ownerId, owner), isNull(deletedAt), isAfter(characters, after)))
        .orderBy(...newestFirst(characters))
        .limit(limit),
    );
  }

  /**
   * One statement: without `expectedVersion` it applies to whatever version is there.
   *
   * @throws DatabaseError `DATABASE_CONFLICT` when the owner has another character of the new handle
   */
  async update(
    characterId: string,
    owner: string,
    patch: CharacterPatch,
    expectedVersion?: number,
  ): Promise<CharacterUpdate> {
    const [row] = await this.database.write((queries) => {
      // Locked first: behind a change or a delete it waits, and then sees what that has left.
      const found = queries
        .$with('found')
        .as(
          queries.select({ id, version }).from(characters).where(isThere(characterId, owner)).for('update'),
        );
      const expected = expectedVersion === undefined ? undefined : eq(found.version, expectedVersion);
      const updated = queries.$with('updated').as(
        queries
          .update(characters)
          .set({
            name: patch.name,
            handle: patch.handle,
            config: patch.config && sql`${config} || ${JSON.stringify(patch.config)}::jsonb`,
            version: sql`${version} + 1`,
            updatedAt: sql`now()`,
          })
          .from(found)
          .where(and(eq(id, found.id), expected))
          .returning(columns),
      );
      return queries.with(found, updated).select().from(found).leftJoin(updated, eq(updated.id, found.id));
    });
    if (!row) return { outcome: 'missing' };
    return row.updated ? { outcome: 'updated', character: row.updated } : { outcome: 'stale' };
  }

  /** @returns false when it is not there, somebody else's, or was deleted before */
  async softDelete(characterId: string, owner: string): Promise<boolean> {
    const deleted = await this.database.write((queries) =>
      queries
        .update(characters)
        .set({ deletedAt: sql`now()` })
        .where(isThere(characterId, owner))
        .returning({ id }),
    );
    return deleted.length > 0;
  }

  private async findOne(condition: SQL | undefined): Promise<Character | null> {
    const [found] = await this.database.read((queries) =>
      queries
        .select(columns)
        .from(characters)
        .where(and(condition, isNull(deletedAt))),
    );
    return found ?? null;
  }
}
