import type { ImageView } from './image.schema';
import type { ImageLinks } from './links/image-links';

/** What must be known of an image to answer it; that of the database fits. */
export interface PresentableImage {
  id: string;
  status: ImageView['status'];
  prompt: string;
  seed: string;
  width: number;
  height: number;
  characterId: string | null;
  liked: boolean;
  error: { code: string; message: string } | null;
  /** A moment, or its ISO 8601 form where it comes from a cache. */
  createdAt: Date | string;
  completedAt: Date | string | null;
}

/**
 * @param links sign what `<img>` and `EventSource` ask for; made anew for each answer, for they live 10 minutes
 * @param progress 0 to 1, of an image that is being made; a completed one has 1 whatever is said here
 */
export function presentImage(image: PresentableImage, links: ImageLinks, progress = 0): ImageView {
  const { id, status, prompt, seed, width, height, characterId, liked, error } = image;
  const completed = status === 'completed';
  const self = `/api/images/${id}`;
  const { events, file, thumb } = links.all(id);
  return {
    id,
    status,
    progress: completed ? 1 : progress,
    prompt,
    seed,
    width,
    height,
    characterId,
    liked,
    createdAt: iso(image.createdAt),
    completedAt: image.completedAt === null ? null : iso(image.completedAt),
    ...(error && { error: { code: error.code, message: error.message } }),
    links: {
      self,
      events,
      cancel: `${self}/cancel`,
      ...(completed && { file, thumb }),
    },
  };
}

function iso(moment: Date | string): string {
  return typeof moment === 'string' ? moment : moment.toISOString();
}
