import { resolve } from 'node:path';
import { ImageFileError } from './image-file.errors';

export interface ImageStorageOptions {
  /** The folder of the images; made when it is missing at the start. Default `.data/images`. */
  directory?: string;
  /** The most bytes of one file, where a put does not say. From 1 to 1 GiB; default 64 MiB. */
  maxBytes?: number;
  /** How long a source may be silent, in ms. From 1 to 600,000; default 15,000. */
  silenceMs?: number;
  /** How long a put may wait for its source in all, in ms. From 1 to 600,000; default 120,000. */
  totalMs?: number;
}

/** 64 MiB. */
export const DEFAULT_MAX_BYTES = 64 * 2 ** 20;

export type ImageStorageConfig = Readonly<Required<ImageStorageOptions>>;

const LONGEST_MS = 600_000;

/** @throws ImageFileError `IMAGE_CONFIG` that says which option is wrong */
export function resolveImageStorageOptions(options: ImageStorageOptions): ImageStorageConfig {
  return {
    directory: resolve(options.directory ?? '.data/images'),
    maxBytes: whole('maxBytes', options.maxBytes ?? DEFAULT_MAX_BYTES, 2 ** 30),
    silenceMs: whole('silenceMs', options.silenceMs ?? 15_000, LONGEST_MS),
    totalMs: whole('totalMs', options.totalMs ?? 120_000, LONGEST_MS),
  };
}

/** `IMAGES_DIR`; an empty one counts as not set. */
export function readImageStorageEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ImageStorageOptions {
  const directory = environment['IMAGES_DIR']?.trim();
  return directory ? { directory } : {};
}

function whole(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new ImageFileError('IMAGE_CONFIG', `${name} must be a whole number from 1 to ${most}.`);
}
