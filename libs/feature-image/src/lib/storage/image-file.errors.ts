/** Every code an {@link ImageFileError} can carry, with what it means and what to do about it. */
export const IMAGE_FILE_ERROR_CODES = {
  IMAGE_STORE_FULL: {
    means:
      'The disk is full, or a quota or the largest size of a file is reached. Nothing of the file is kept.',
    todo: 'Free space or enlarge the volume of IMAGES_DIR, then try again; images are still served meanwhile.',
    retry: true,
  },
  IMAGE_STORE_MISSING: {
    means: 'The folder of the images, or a part of it, is not there any more.',
    todo: 'Mount or restore IMAGES_DIR. It is made at the start only, so that a lost volume is not taken for an empty one.',
    retry: true,
  },
  IMAGE_STORE_FORBIDDEN: {
    means: 'This process may not use the folder of the images, or it is mounted read-only.',
    todo: 'Let the user of the process read and write IMAGES_DIR and all in it.',
    retry: true,
  },
  IMAGE_STORE_UNAVAILABLE: {
    means: 'The system refused or failed for another reason; `reason` is its own word for it, such as `EIO`.',
    todo: 'Try again later. If it lasts: look at the system’s log, the disk and the limit of open files.',
    retry: true,
  },
  IMAGE_SOURCE_TIMEOUT: {
    means: 'Whoever sends the file fell silent, or took too long over the whole. Nothing of it is kept.',
    todo: 'Fetch the file again.',
    retry: true,
  },
  IMAGE_TOO_LARGE: {
    means: 'The file is larger than allowed. Nothing of it is kept.',
    todo: 'Look at what is being sent, and raise `maxBytes` only if images really are so large.',
    retry: false,
  },
  IMAGE_REFUSED: {
    means:
      'What arrived is not a complete PNG of the expected size; `reason` says why. Nothing of it is kept.',
    todo: 'Look at the workflow and at the server that painted it. Only one that was cut short is worth fetching again.',
    retry: false,
  },
  IMAGE_BUSY: {
    means: 'Too many images wait to be decoded, or one has waited too long.',
    todo: 'Try again later. If it is frequent: more processes, or fewer jobs at once.',
    retry: true,
  },
  IMAGE_DECODING_FAILED: {
    means: 'No thumbnail could be made of a valid PNG; `reason` is `timeout` when it took too long.',
    todo: 'Try again. If it lasts: look at the cause and at the load of the machine.',
    retry: true,
  },
  IMAGE_KEY: {
    means: 'What was given is not a key that the storage made.',
    todo: 'Pass keys as they were returned; a name from outside is never one.',
    retry: false,
  },
  IMAGE_CONFIG: {
    means: 'An option or variable of the storage of images is wrong.',
    todo: 'Correct what the message names.',
    retry: false,
  },
} as const satisfies Record<string, { means: string; todo: string; retry: boolean }>;

/** The stable code of an {@link ImageFileError}; branch on this, never on the message. */
export type ImageFileErrorCode = keyof typeof IMAGE_FILE_ERROR_CODES;

/**
 * Why a file is no acceptable PNG:
 * - `not-png`: it does not begin like one
 * - `truncated`: it ends too early
 * - `checksum`: a part was damaged on its way or on the disk
 * - `structure`: its parts are not as the format wants them
 * - `size`: it has another width or height
 * - `pixels`: the compressed pixels are damaged
 * - `bomb`: there is more data in it than its size explains
 */
export type Refusal = 'not-png' | 'truncated' | 'checksum' | 'structure' | 'size' | 'pixels' | 'bomb';

export interface ImageFileErrorDetails {
  /** A {@link Refusal}, the system's word (`ENOSPC`), or `timeout`. */
  reason?: string | undefined;
  cause?: unknown;
}

/** What the storage of images rejects with, besides the errors of the source itself. Holds no path. */
export class ImageFileError extends Error {
  readonly reason?: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(
    readonly code: ImageFileErrorCode,
    what: string,
    { reason, cause }: ImageFileErrorDetails = {},
  ) {
    super(`${what} ${IMAGE_FILE_ERROR_CODES[code].todo}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.retryable = IMAGE_FILE_ERROR_CODES[code].retry || reason === 'truncated' || reason === 'checksum';
    if (reason !== undefined) this.reason = reason;
  }
}

export function refused(reason: Refusal, what: string, cause?: unknown): ImageFileError {
  return new ImageFileError('IMAGE_REFUSED', what, { reason, cause });
}
