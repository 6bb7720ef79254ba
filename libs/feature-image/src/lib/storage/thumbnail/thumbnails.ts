import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { ImageFileError } from '../image-file.errors';
import { DecodingTurns, type DecodingTurnsOptions } from './decoding-turns';

/** The longest side of a thumbnail, in pixels; smaller images stay as they are. */
export const THUMBNAIL_SIDE = 320;

/** The largest image there is: 2048 × 2048. */
const MOST_PIXELS = 2048 * 2048;
const LONGEST_SECONDS = 10;
const QUALITY = 80;

// No image is decoded twice, so keeping decoded ones costs memory for nothing; and one thread for one image.
sharp.cache(false);
sharp.concurrency(1);

/** Makes thumbnails: WebP, without metadata. Decodes on the thread pool, a few at once; the event loop stays free. */
export class Thumbnails {
  private readonly turns: DecodingTurns;

  constructor(options: DecodingTurnsOptions = {}) {
    this.turns = new DecodingTurns(options);
  }

  /**
   * @param open opens the stored PNG; called when its turn has come, so that those who wait hold no memory
   * @throws ImageFileError `IMAGE_BUSY`, `IMAGE_DECODING_FAILED`; what the stream throws
   */
  of(open: () => Promise<Readable>): Promise<Buffer> {
    return this.turns.take(async () => {
      const png = await buffer(await open());
      try {
        return await sharp(png, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
          .timeout({ seconds: LONGEST_SECONDS })
          .resize({
            width: THUMBNAIL_SIDE,
            height: THUMBNAIL_SIDE,
            fit: 'inside',
            withoutEnlargement: true,
          })
          .webp({ quality: QUALITY })
          .toBuffer();
      } catch (error) {
        throw undecodable(error);
      }
    });
  }
}

function undecodable(cause: unknown): ImageFileError {
  const timeout = cause instanceof Error && /timeout/i.test(cause.message);
  return new ImageFileError('IMAGE_DECODING_FAILED', 'No thumbnail could be made.', {
    cause,
    ...(timeout && { reason: 'timeout' }),
  });
}
