import { images } from '../schema/images';
import type { Image, ImageError, ImageFile } from './image';

/** What an `Image` is made of. */
export const imageColumns = {
  id: images.id,
  ownerId: images.ownerId,
  characterId: images.characterId,
  status: images.status,
  prompt: images.prompt,
  negativePrompt: images.negativePrompt,
  seed: images.seed,
  width: images.width,
  height: images.height,
  createdAt: images.createdAt,
  completedAt: images.completedAt,
  likedAt: images.likedAt,
  fileKey: images.fileKey,
  thumbKey: images.thumbKey,
  contentType: images.contentType,
  bytes: images.bytes,
  sha256: images.sha256,
  errorCode: images.errorCode,
  errorMessage: images.error,
};

type ImageRow = Pick<typeof images.$inferSelect, Exclude<keyof typeof imageColumns, 'errorMessage'>> & {
  errorMessage: string | null;
};

export function toImage(row: ImageRow): Image {
  const { likedAt, fileKey, thumbKey, contentType, bytes, sha256, errorCode, errorMessage, ...image } = row;
  // The checks of the table: either all of these are there or none.
  const file = fileKey === null ? null : ({ fileKey, thumbKey, contentType, bytes, sha256 } as ImageFile);
  const error = errorCode === null ? null : ({ code: errorCode, message: errorMessage } as ImageError);
  return { ...image, liked: likedAt !== null, file, error };
}
