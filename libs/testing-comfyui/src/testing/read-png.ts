import { crc32, inflateSync } from 'node:zlib';

export interface ReadPng {
  readonly width: number;
  readonly height: number;
  /** Keyword and text of the `tEXt` chunks. */
  readonly texts: Record<string, string>;
  /** The rows, each with its filter byte. */
  readonly rows: Buffer;
}

/** Reads a PNG as strictly as a decoder does. @throws Error when it is not valid */
export function readPng(bytes: Buffer): ReadPng {
  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body));
    chunks.push({ type: body.toString('latin1', 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  const [head, end] = [chunks[0], chunks.at(-1)];
  expect([head?.type, head?.data.length, end?.type, end?.data.length]).toEqual(['IHDR', 13, 'IEND', 0]);
  const [width, height] = [head?.data.readUInt32BE(0) ?? 0, head?.data.readUInt32BE(4) ?? 0];
  expect([...(head?.data.subarray(8) ?? [])]).toEqual([8, 2, 0, 0, 0]);

  const rows = inflateSync(
    Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
  );
  expect(rows.length).toBe(height * (1 + 3 * width));
  const texts = chunks
    .filter(({ type }) => type === 'tEXt')
    .map(({ data }) => data.toString('latin1').split('\0'));
  return { width, height, rows, texts: Object.fromEntries(texts) as Record<string, string> };
}
