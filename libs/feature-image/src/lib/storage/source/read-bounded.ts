import type { Readable } from 'node:stream';
import { ImageFileError } from '../image-file.errors';

export interface SourceLimits {
  maxBytes: number;
  /** The longest silence of the source, in ms. What the reader does meanwhile does not count. */
  silenceMs: number;
  /** The longest time for the whole, in ms. */
  totalMs: number;
  signal?: AbortSignal | undefined;
}

/** So much is hashed, checked and written at once: the event loop has its turn in between. */
export const PIECE_BYTES = 64 * 1024;

/**
 * Reads a stream in pieces of at most 64 KiB and never holds more of it than the stream itself does. The source is
 * destroyed when the reader stops early, when a limit is reached, and by the signal: it is also woken from a silence.
 *
 * @throws ImageFileError `IMAGE_TOO_LARGE`, `IMAGE_SOURCE_TIMEOUT`; the signal's reason; what the source itself throws
 */
export async function* readBounded(
  source: Readable,
  { maxBytes, silenceMs, totalMs, signal }: SourceLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const stop = () => source.destroy();
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const endsTooLate = endAfter(source, totalMs, `It took more than ${totalMs} ms.`);
  let silence = endAfter(source, silenceMs, silentFor(silenceMs));
  let bytes = 0;
  try {
    for await (const chunk of source) {
      clearTimeout(silence);
      const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
      bytes += part.length;
      if (bytes > maxBytes) {
        throw new ImageFileError('IMAGE_TOO_LARGE', `There are more than ${maxBytes} bytes.`);
      }
      for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
      silence = endAfter(source, silenceMs, silentFor(silenceMs));
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(silence);
    clearTimeout(endsTooLate);
    signal?.removeEventListener('abort', stop);
  }
}

function endAfter(source: Readable, ms: number, what: string): NodeJS.Timeout {
  return setTimeout(() => source.destroy(new ImageFileError('IMAGE_SOURCE_TIMEOUT', what)), ms);
}

function silentFor(ms: number): string {
  return `Nothing came for ${ms} ms.`;
}
