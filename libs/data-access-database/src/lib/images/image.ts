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
  createdAt: Date;
  completedAt: Date | null;
}

export interface NewImage {
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
