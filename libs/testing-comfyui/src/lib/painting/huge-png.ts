import { pngHead } from './png';

const chunkBytes = 2 ** 16;

/** So many bytes that begin as a PNG of 16,384 × 16,384 does, and never become one. Made as they are read. */
export async function* hugePng(bytes: number): AsyncGenerator<Buffer> {
  const head = pngHead(16_384, 16_384).subarray(0, bytes);
  yield head;
  const chunk = Buffer.alloc(chunkBytes, 0x5a);
  for (let left = bytes - head.length; left > 0; left -= chunkBytes) yield chunk.subarray(0, left);
}
