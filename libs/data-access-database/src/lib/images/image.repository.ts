import { Inject, Injectable } from '@nestjs/common';
import { and, eq, exists, isNull, not, sql } from 'drizzle-orm';
import { Database, type Queries } from '../connection/database';
import { imageLikes } from '../schema/image-likes';
import { images } from '../schema/images';
import type { ListPosition } from '../lists/list-position';
import { isAfter, newestFirst } from '../lists/newest-first';
import type { Image, ImageFilter, NewImage } from './image';

const isThere = (id: string, ownerId: string) =>
  and(eq(images.id, id), eq(images.ownerId, ownerId), isNull(images.deletedAt));

/** Images and the likes of their owners. Deleted ones are as if they were not there. Rejects with `DatabaseError`. */
@Injectable()
export class ImageRepository {
  @Inject() private readonly database!: Database;

  /** It is `queued`. @throws DatabaseError `DATABASE_INVALID` when the character is not there */
  async create(image: NewImage): Promise<Image> {
    const [created] = await this.database.write((queries) =>
      queries.insert(images).values(image).returning(),
    );
    const { deletedAt: _, ...rest } = created as NonNullable<typeof created>;
    return { ...rest, liked: false };
  }

  /** Anybody's: the caller compares `ownerId`. */
  async findById(id: string): Promise<Image | null> {
    const [found] = await this.database.read((queries) =>
      select(queries).where(and(eq(images.id, id), isNull(images.deletedAt))),
    );
    return found ?? null;
  }

  /** Newest first; `after` is where the page before ended. */
  list(
    ownerId: string,
    { after, limit, characterId, status, liked }: ImageFilter & { after?: ListPosition; limit: number },
  ): Promise<Image[]> {
    return this.database.read((queries) =>
      select(queries)
        .where(
          and(
            eq(images.ownerId, ownerId),
            isNull(images.deletedAt),
            characterId === undefined ? undefined : eq(images.characterId, characterId),
            status === undefined ? undefined : eq(images.status, status),
            liked === undefined ? undefined : liked ? isLiked(queries) : not(isLiked(queries)),
            isAfter(images, after),
          ),
        )
        .orderBy(...newestFirst(images))
        .limit(limit),
    );
  }

  /** Safe to repeat. @returns false when the image is not there or somebody else's */
  async like(id: string, ownerId: string): Promise<boolean> {
    return this.database.write(async (queries) => {
      if (!(await isFound(queries, id, ownerId))) return false;
      await queries.insert(imageLikes).values({ userId: ownerId, imageId: id }).onConflictDoNothing();
      return true;
    });
  }

  /** Safe to repeat. @returns false when the image is not there or somebody else's */
  async unlike(id: string, ownerId: string): Promise<boolean> {
    return this.database.write(async (queries) => {
      if (!(await isFound(queries, id, ownerId))) return false;
      await queries.delete(imageLikes).where(and(eq(imageLikes.imageId, id), eq(imageLikes.userId, ownerId)));
      return true;
    });
  }

  /** @returns false when it is not there, somebody else's, or was deleted before */
  async softDelete(id: string, ownerId: string): Promise<boolean> {
    const deleted = await this.database.write((queries) =>
      queries
        .update(images)
        .set({ deletedAt: sql`now()` })
        .where(isThere(id, ownerId))
        .returning({ id: images.id }),
    );
    return deleted.length > 0;
  }
}

function select(queries: Queries) {
  return queries
    .select({
      id: images.id,
      ownerId: images.ownerId,
      characterId: images.characterId,
      status: images.status,
      prompt: images.prompt,
      negativePrompt: images.negativePrompt,
      seed: images.seed,
      width: images.width,
      height: images.height,
      liked: sql<boolean>`${isLiked(queries)}`,
      createdAt: images.createdAt,
      completedAt: images.completedAt,
    })
    .from(images);
}

function isLiked(queries: Queries) {
  return exists(
    queries
      .select({ one: sql`1` })
      .from(imageLikes)
      .where(and(eq(imageLikes.imageId, images.id), eq(imageLikes.userId, images.ownerId))),
  );
}

async function isFound(queries: Queries, id: string, ownerId: string): Promise<boolean> {
  const found = await queries.select({ id: images.id }).from(images).where(isThere(id, ownerId));
  return found.length > 0;
}
