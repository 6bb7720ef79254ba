import { Inject, Injectable } from '@nestjs/common';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { Database } from '../connection/database';
import { withCancelRequested } from '../image-jobs/request-cancel';
import { images } from '../schema/images';
import { createOnce } from './create-once';
import { galleryPage } from './gallery-page';
import type { GalleryRequest, Image, NewImage } from './image';
import { imageColumns, toImage } from './image-columns';

const isThere = (id: string, ownerId: string) =>
  and(eq(images.id, id), eq(images.ownerId, ownerId), isNull(images.deletedAt));

/** Images and the likes of their owners. Deleted ones are as if they were not there. Rejects with `DatabaseError`. */
@Injectable()
export class ImageRepository {
  @Inject() private readonly database!: Database;

  /**
   * Makes it, `queued` and without a limit (that is `ImageJobRepository.enqueue`), or finds what was made under this
   * id before, whatever has become of it.
   *
   * @throws DatabaseError `DATABASE_INVALID` when the character is not there, `DATABASE_CONFLICT` when the id is that
   * of somebody else's image
   */
  create(image: NewImage): Promise<Image> {
    return this.database.write((queries) => createOnce(queries, image));
  }

  /** Anybody's: the caller compares `ownerId`. */
  async findById(id: string): Promise<Image | null> {
    const [found] = await this.database.read((queries) =>
      queries
        .select(imageColumns)
        .from(images)
        .where(and(eq(images.id, id), isNull(images.deletedAt))),
    );
    return found ? toImage(found) : null;
  }

  /** Newest first; `after` is where the page before ended. */
  async list(ownerId: string, request: GalleryRequest): Promise<Image[]> {
    const page = await this.database.read((queries) => galleryPage(queries, ownerId, request));
    return page.map(toImage);
  }

  /** Safe to repeat. @returns false when the image is not there or somebody else's */
  like(id: string, ownerId: string): Promise<boolean> {
    return this.change(id, ownerId, { likedAt: sql`coalesce(${images.likedAt}, now())` });
  }

  /** Safe to repeat. @returns false when the image is not there or somebody else's */
  unlike(id: string, ownerId: string): Promise<boolean> {
    return this.change(id, ownerId, { likedAt: null });
  }

  /**
   * Nobody will see it, so nobody shall paint it: its job is cancelled, or told to. Its files stay for 30 days.
   *
   * @returns false when it is not there, somebody else's, or was deleted before
   */
  softDelete(id: string, ownerId: string): Promise<boolean> {
    return this.change(id, ownerId, { deletedAt: sql`now()`, ...withCancelRequested });
  }

  private async change(
    id: string,
    ownerId: string,
    values: PgUpdateSetSource<typeof images>,
  ): Promise<boolean> {
    const changed = await this.database.write((queries) =>
      queries.update(images).set(values).where(isThere(id, ownerId)).returning({ id: images.id }),
    );
    return changed.length > 0;
  }
}
