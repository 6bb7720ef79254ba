import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ImageFileError } from './image-file.errors';
import { ImageStorage } from './image-storage';
import { strippedPng } from './png/stripped-png';
import type { StorageKey } from './storage-key';
import { Thumbnails } from './thumbnail/thumbnails';

export interface KeepOptions {
  /** The size that was asked for, in pixels; another one is refused. */
  width: number;
  height: number;
  signal?: AbortSignal;
}

/** What the row of an image holds of its files. */
export interface KeptImage {
  fileKey: StorageKey;
  thumbKey: StorageKey;
  contentType: string;
  /** Of the file, without its thumbnail. */
  bytes: number;
  sha256: string;
}

/** Takes in what a ComfyUI server painted: checked, without its metadata, with a thumbnail. */
@Injectable()
export class ImageFiles {
  constructor(
    private readonly storage: ImageStorage,
    private readonly thumbnails: Thumbnails,
  ) {}

  /**
   * Safe to repeat. When the thumbnail fails, the file stays behind without a row, and goes with the orphans: it may
   * be another image's as well.
   *
   * @throws ImageFileError any code but `IMAGE_KEY`; what the source throws
   */
  async keep(source: Readable, { width, height, signal }: KeepOptions): Promise<KeptImage> {
    const file = await this.storage.put(source, {
      type: 'png',
      through: strippedPng({ width, height }),
      ...(signal && { signal }),
    });
    signal?.throwIfAborted();
    const webp = await this.thumbnails.of(() => this.open(file.key));
    const thumb = await this.storage.put(Readable.from([webp]), { type: 'webp' });
    return {
      fileKey: file.key,
      thumbKey: thumb.key,
      contentType: file.contentType,
      bytes: file.bytes,
      sha256: file.sha256,
    };
  }

  private async open(key: StorageKey): Promise<Readable> {
    const stored = await this.storage.get(key);
    if (stored) return stored.stream;
    throw new ImageFileError('IMAGE_STORE_UNAVAILABLE', 'A file that was just stored is gone.');
  }
}
