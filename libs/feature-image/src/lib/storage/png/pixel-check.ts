import { createInflate } from 'node:zlib';
import { ImageFileError, refused } from '../image-file.errors';
import { type PngHeader, rowsOf } from './png-header';

const HIGHEST_FILTER = 4;
const PIECE_BYTES = 64 * 1024;

/**
 * Unpacks the compressed pixels to see that they are whole: as many rows as the header says, each with a filter that
 * exists, and nothing behind them. It keeps none of them, stops at the first byte too many, and works on the thread
 * pool, not on the event loop.
 */
export class PixelCheck {
  private readonly inflate = createInflate({ chunkSize: PIECE_BYTES });
  private readonly runs: { rows: number; bytes: number }[];
  private leftInRow = 0;
  private given = 0;
  private failure: Error | undefined;
  private readonly over: Promise<void>;

  constructor(header: PngHeader) {
    this.runs = rowsOf(header);
    this.inflate.on('data', (unpacked: Buffer) => this.count(unpacked));
    this.over = new Promise((resolve) => {
      this.inflate.once('close', resolve);
      this.inflate.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
    });
  }

  /** @throws ImageFileError `IMAGE_REFUSED` */
  async take(compressed: Buffer): Promise<void> {
    this.given += compressed.length;
    // Destroyed by a failure, a zlib stream does not always call back: whichever comes first.
    await Promise.race([
      new Promise<void>((resolve) => this.inflate.write(compressed, () => resolve())),
      this.over,
    ]);
    if (this.failure) throw this.failure;
    if (this.inflate.bytesWritten < this.given) throw tooMuch();
  }

  /** @throws ImageFileError `IMAGE_REFUSED` when pixels are missing */
  async end(): Promise<void> {
    this.inflate.end();
    await this.over;
    if (this.failure) throw this.failure;
    if (this.leftInRow > 0 || this.runs.length > 0) throw refused('pixels', 'The PNG has too few pixels.');
  }

  /** Frees what it holds; safe at any time. */
  destroy(): void {
    this.inflate.destroy();
  }

  private count(unpacked: Buffer): void {
    let at = 0;
    while (at < unpacked.length && !this.failure) {
      if (this.leftInRow === 0) this.beginRow(unpacked[at] ?? 0);
      const step = Math.min(this.leftInRow, unpacked.length - at);
      this.leftInRow -= step;
      at += step;
    }
  }

  private beginRow(filter: number): void {
    const [run] = this.runs;
    if (!run) return this.fail(tooMuch());
    if (filter > HIGHEST_FILTER) return this.fail(refused('pixels', 'The pixels of the PNG are damaged.'));
    this.leftInRow = run.bytes;
    run.rows -= 1;
    if (run.rows === 0) this.runs.shift();
  }

  private fail(error: Error): void {
    this.failure ??= error instanceof ImageFileError ? error : damaged(error);
    this.inflate.destroy();
  }
}

/** zlib's own word for an end that did not come is `Z_BUF_ERROR`. */
function damaged(error: NodeJS.ErrnoException): ImageFileError {
  return error.code === 'Z_BUF_ERROR'
    ? refused('pixels', 'The pixels of the PNG are not complete.', error)
    : refused('pixels', 'The pixels of the PNG are damaged.', error);
}

function tooMuch(): ImageFileError {
  return refused('bomb', 'The PNG holds more data than its size explains.');
}
