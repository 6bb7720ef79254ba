/**
 * The tag of everything that is cached of a user's images as a whole, such as pages of a gallery. Whoever changes one of
 * them, a like or the state of its job included, invalidates it, and {@link imageTag}, after the database has the change.
 */
export function imagesTag(ownerId: string): string {
  return `images:user:${ownerId}`;
}

/** The tag of what is cached of one image. */
export function imageTag(imageId: string): string {
  return `image:${imageId}`;
}

/** Both: what to invalidate when an image has changed. */
export function tagsOfChanged({ id, ownerId }: { id: string; ownerId: string }): string[] {
  return [imagesTag(ownerId), imageTag(id)];
}
