import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { isAfter, newestFirst } from '../lists/newest-first';
import { images } from '../schema/images';
import type { GalleryRequest } from './image';
import { imageColumns } from './image-columns';

/** One statement, which an index answers in the order of the page. */
export function galleryPage(
  queries: Queries,
  ownerId: string,
  { after, limit, characterId, status, liked }: GalleryRequest,
) {
  return queries
    .select(imageColumns)
    .from(images)
    .where(
      and(
        eq(images.ownerId, ownerId),
        isNull(images.deletedAt),
        characterId === undefined ? undefined : eq(images.characterId, characterId),
        status === undefined ? undefined : eq(images.status, status),
        liked === undefined ? undefined : liked ? isNotNull(images.likedAt) : isNull(images.likedAt),
        isAfter(images, after),
      ),
    )
    .orderBy(...newestFirst(images))
    .limit(limit);
}
