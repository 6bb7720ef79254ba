import { ImageFileError } from './image-file.errors';

const CONTENT_TYPES = { png: 'image/png', webp: 'image/webp' } as const;

/** What can be stored. */
export type StoredType = keyof typeof CONTENT_TYPES;

/**
 * Where a file lies in the storage: the SHA-256 of its content and its type, such as `9f86….png`. Digits, letters
 * `a` to `f` and one dot, so that it is safe in a path, a URL and a header as it is.
 */
export type StorageKey = string;

const SHAPE = /^([0-9a-f]{64})\.(png|webp)$/;

export function storageKey(sha256: string, type: StoredType): StorageKey {
  const key = `${sha256}.${type}`;
  partsOf(key);
  return key;
}

export function isStorageKey(text: string): boolean {
  return SHAPE.test(text);
}

/** @throws ImageFileError `IMAGE_KEY`; every way from a key to a path leads through here. */
export function partsOf(key: StorageKey): { sha256: string; type: StoredType } {
  const [, sha256, type] = (typeof key === 'string' && SHAPE.exec(key)) || [];
  if (sha256 === undefined) throw new ImageFileError('IMAGE_KEY', 'That is no key of a stored image.');
  return { sha256, type: type as StoredType };
}

/** @throws ImageFileError `IMAGE_KEY` */
export function contentTypeOf(key: StorageKey): (typeof CONTENT_TYPES)[StoredType] {
  return CONTENT_TYPES[partsOf(key).type];
}

/**
 * The strong ETag of a stored file. It follows from the key alone: `If-None-Match` can be answered without the disk.
 *
 * @throws ImageFileError `IMAGE_KEY`
 */
export function storedEtag(key: StorageKey): string {
  return `"${partsOf(key).sha256}"`;
}
