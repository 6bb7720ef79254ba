import { ImageFileError, type ImageFileErrorCode } from '../image-file.errors';

const CODES: Readonly<Record<string, ImageFileErrorCode>> = {
  ENOSPC: 'IMAGE_STORE_FULL',
  EDQUOT: 'IMAGE_STORE_FULL',
  EFBIG: 'IMAGE_STORE_FULL',
  ENOENT: 'IMAGE_STORE_MISSING',
  ENOTDIR: 'IMAGE_STORE_MISSING',
  EACCES: 'IMAGE_STORE_FORBIDDEN',
  EPERM: 'IMAGE_STORE_FORBIDDEN',
  EROFS: 'IMAGE_STORE_FORBIDDEN',
};

const SENTENCES: Partial<Record<ImageFileErrorCode, string>> = {
  IMAGE_STORE_FULL: 'There is no room for the image.',
  IMAGE_STORE_MISSING: 'The folder of the images is not there.',
  IMAGE_STORE_FORBIDDEN: 'The folder of the images may not be used.',
};

/** The error of a failed file operation. The system's own is not kept: it holds the path. */
export function diskError(error: unknown): ImageFileError {
  if (error instanceof ImageFileError) return error;
  const reason = systemCode(error);
  const code = (reason === undefined ? undefined : CODES[reason]) ?? 'IMAGE_STORE_UNAVAILABLE';
  const what = SENTENCES[code] ?? `The disk could not be used (${reason ?? 'no reason was given'}).`;
  return new ImageFileError(code, what, { reason });
}

/** A network disk whose server is gone never answers; the operation itself cannot be called back. */
const LONGEST_MS = 30_000;

/**
 * Runs a file operation. What it throws is told in our words, and it is waited for no longer than 30 s.
 *
 * @throws ImageFileError `IMAGE_STORE_…`
 */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent()), LONGEST_MS);
  });
  try {
    return await Promise.race([work(), silence]);
  } catch (error) {
    throw diskError(error);
  } finally {
    clearTimeout(timer);
  }
}

function silent(): ImageFileError {
  const what = `The disk did not answer for ${LONGEST_MS / 1000} s.`;
  return new ImageFileError('IMAGE_STORE_UNAVAILABLE', what, { reason: 'ETIMEDOUT' });
}

/** Whether the disk did not answer at all: what is asked next would take as long. */
export function isSilence(error: unknown): boolean {
  return error instanceof ImageFileError && error.reason === 'ETIMEDOUT';
}

/** Such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** For `catch`: that nothing is under that name is an answer, `undefined`; anything else is an error. */
export function unlessMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
  return undefined;
}

/** For `catch`: that somebody else has that name is fine. */
export function unlessThere(error: unknown): void {
  if (systemCode(error) !== 'EEXIST') throw error;
}
