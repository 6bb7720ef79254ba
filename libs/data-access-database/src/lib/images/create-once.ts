import { and, eq, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { DatabaseError } from '../connection/database.errors';
import { images } from '../schema/images';
import type { Image, NewImage } from './image';
import { imageColumns, toImage } from './image-columns';

/**
 * Makes the image, or finds the one that was made under this id before, whatever has become of it.
 *
 * @throws DatabaseError `DATABASE_CONFLICT` when the id is that of somebody else's image
 */
export async function createOnce(queries: Queries, image: NewImage): Promise<Image> {
  const [created] = await queries
    .insert(images)
    // Not from when the transaction began: those of one owner take turns in theirs, and shall be listed in that order.
    .values({ ...image, createdAt: sql`clock_timestamp()` })
    .onConflictDoNothing({ target: images.id })
    .returning(imageColumns);
  if (created) return toImage(created);
  const found = image.id === undefined ? null : await findMade(queries, image.id, image.ownerId);
  if (found) return found;
  throw new DatabaseError('DATABASE_CONFLICT', 'The id of the image is taken.', {
    constraint: 'images_pkey',
  });
}

/** Also one that has been deleted since. */
export async function findMade(queries: Queries, id: string, ownerId: string): Promise<Image | null> {
  const [found] = await queries
    .select(imageColumns)
    .from(images)
    .where(and(eq(images.id, id), eq(images.ownerId, ownerId)));
  return found ? toImage(found) : null;
}
