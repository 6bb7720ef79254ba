import { PixelCheck } from './pixel-check';
import { PngReader } from './png-reader';

/**
 * Lets a PNG of exactly this size through and nothing else, without its metadata: ComfyUI writes the whole prompt and
 * workflow into it. The pixels are not encoded anew: what is kept is byte for byte what came. Memory is bounded by
 * the pieces.
 *
 * @returns for `PutOptions.through`; it throws `ImageFileError` `IMAGE_REFUSED`
 */
export function strippedPng(expected: { width: number; height: number }) {
  return async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    const reader = new PngReader(expected);
    let check: PixelCheck | undefined;
    try {
      for await (const piece of pieces) {
        const { kept, pixels } = reader.push(piece);
        if (reader.header) check ??= new PixelCheck(reader.header);
        if (pixels.length > 0) await check?.take(Buffer.concat(pixels));
        if (kept.length > 0) yield Buffer.concat(kept);
      }
      reader.end();
      await check?.end();
    } finally {
      check?.destroy();
    }
  };
}
