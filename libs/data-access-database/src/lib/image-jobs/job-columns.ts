import { images } from '../schema/images';
import type { ImageJob } from './image-job';

/** What an `ImageJob` is made of. */
export const jobColumns = {
  id: images.id,
  fence: images.fence,
  ownerId: images.ownerId,
  characterId: images.characterId,
  prompt: images.prompt,
  negativePrompt: images.negativePrompt,
  seed: images.seed,
  width: images.width,
  height: images.height,
  status: images.status,
  attempt: images.attempt,
  losses: images.losses,
  server: images.server,
  promptId: images.promptId,
  sentAt: images.sentAt,
  createdAt: images.createdAt,
};

/** Of a row in flight; the checks of the table say what is filled in there. */
export function toJob(row: Pick<typeof images.$inferSelect, keyof typeof jobColumns>): ImageJob {
  return row as ImageJob;
}
