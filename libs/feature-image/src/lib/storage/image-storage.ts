import type { Readable } from 'node:stream';
import type { StorageKey, StoredType } from './storage-key';

export interface PutOptions {
  /** What it is; decides the key's ending and the content type. */
  type: StoredType;
  /** The most bytes that are taken from the source. Default 64 MiB. */
  maxBytes?: number;
  /** Ends the put: the source is destroyed, and nothing is kept. */
  signal?: AbortSignal;
  /**
   * What is stored instead of what arrives: a check, a change. Gets pieces of at most 64 KiB; when it throws, nothing
   * is kept and the put rejects with its error. Default: what arrives.
   */
  through?: (pieces: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
}

export interface PutResult {
  key: StorageKey;
  bytes: number;
  /** Of what is stored, in hex. */
  sha256: string;
  contentType: string;
}

export interface StoredFile {
  bytes: number;
  /** Strong, for the header `ETag`. */
  etag: string;
  contentType: string;
  /** The content. It holds an open file: read it to its end, or destroy it. */
  stream: Readable;
}

export interface ListedFile {
  key: StorageKey;
  bytes: number;
  /** When it was put last, by the clock of the storage. */
  putAt: Date;
}

export interface DeleteOptions {
  /**
   * Leave the file alone if it was put at this moment or later. With it a clean-up cannot take away what somebody just
   * stored: choose the moment before the database was asked who needs the file, less the time in which a job
   * writes its row after its put; an hour is ample. Default: the file goes, however new.
   */
  putBefore?: Date;
}

/**
 * Keeps the files of images. The key follows from the content, so the same picture stored twice is one file: **one
 * file can belong to several images**. Before it is deleted, the database is asked whether no image needs it.
 *
 * Every failure is an `ImageFileError` with a stable `code`, save errors of the source, which come through as they are.
 */
export abstract class ImageStorage {
  /**
   * Stores a stream, all of it or nothing: a file is under its key only when it is complete and on the disk.
   * The source is destroyed in any case. Storing what is there already succeeds, and counts as put now.
   *
   * @throws ImageFileError `IMAGE_TOO_LARGE`, `IMAGE_REFUSED` (nothing in it), `IMAGE_SOURCE_TIMEOUT`, `IMAGE_STORE_…`
   */
  abstract put(source: Readable, options: PutOptions): Promise<PutResult>;

  /**
   * Null when there is no such file.
   * @throws ImageFileError `IMAGE_KEY`, `IMAGE_STORE_…`
   */
  abstract get(key: StorageKey): Promise<StoredFile | null>;

  /**
   * Safe to repeat. `kept` says that it was put too recently, see {@link DeleteOptions.putBefore}.
   * @throws ImageFileError `IMAGE_KEY`, `IMAGE_STORE_…`
   */
  abstract delete(key: StorageKey, options?: DeleteOptions): Promise<'gone' | 'kept'>;

  /**
   * All files, each once, in the order of their keys, read as they are asked for. What is put or deleted meanwhile may
   * be there or not. To find those that no image needs, leave out what was put recently.
   *
   * @throws ImageFileError `IMAGE_STORE_…`; after the last file, when a part could not be read
   */
  abstract list(): AsyncIterable<ListedFile>;

  /**
   * Removes what puts have left whose process was killed, at the start of the storage and whenever it is called.
   * @returns how many there were
   */
  abstract removeUnfinished(): Promise<number>;
}
