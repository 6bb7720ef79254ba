import type { ListPosition } from '../lists/list-position';

/** `completed`, `failed` and `cancelled` are final. */
export type ImageStatus = 'queued' | 'generating' | 'cancelling' | 'completed' | 'failed' | 'cancelled';

export interface Image {
  id: string;
  ownerId: string;
  characterId: string | null;
  status: ImageStatus;
  prompt: string;
  negativePrompt: string | null;
  /** Decimal, up to 2^64 − 1: more than a number holds. */
  seed: string;
  width: number;
  height: number;
  /** Whether its owner likes it. */
  liked: boolean;
  /** Of a completed image. */
  file: ImageFile | null;
  /** Of a failed image. */
  error: ImageError | null;
  createdAt: Date;
  completedAt: Date | null;
}

/** Where the bytes of an image lie in the storage, and what they are. */
export interface ImageFile {
  /** 1 to 255 characters, as is `thumbKey`. */
  fileKey: string;
  thumbKey: string;
  /** Of the file, as is what follows. */
  contentType: string;
  bytes: number;
  /** 64 hexadecimal digits in lower case. */
  sha256: string;
}

export interface ImageError {
  code: string;
  /** For its owner to read. */
  message: string;
}

export interface NewImage {
  /** A UUID under which it can be made once only, such as that of an idempotency claim. Default: a new UUIDv7. */
  id?: string;
  ownerId: string;
  characterId?: string;
  prompt: string;
  negativePrompt?: string;
  seed: string;
  width: number;
  height: number;
}

/** What is not named does not filter. */
export interface ImageFilter {
  characterId?: string;
  status?: ImageStatus;
  liked?: boolean;
}

export interface GalleryRequest extends ImageFilter {
  /** Where the page before ended. */
  after?: ListPosition;
  limit: number;
}
