/** A picture of 8 × 8 grey pixels as JPEG: what a step looks like before anything can be seen. */
export const preview: Buffer = Buffer.concat([
  segment('d8'),
  segment('e0', '4a464946 00 0101 00 0001 0001 00 00'),
  segment('db', `00${'01'.repeat(64)}`),
  // Eight bits a sample, 8 rows, 8 columns, one component.
  segment('c0', '08 0008 0008 01 01 11 00'),
  // Two Huffman tables of one code of one bit: a difference of zero, and the end of the block.
  segment('c4', `00 01${'00'.repeat(15)} 00`),
  segment('c4', `10 01${'00'.repeat(15)} 00`),
  segment('da', '01 01 00 00 3f 00'),
  Buffer.of(0b0011_1111),
  segment('d9'),
]);

function segment(marker: string, hex?: string): Buffer {
  const body = Buffer.from((hex ?? '').replaceAll(' ', ''), 'hex');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([Buffer.from(`ff${marker}`, 'hex'), ...(hex === undefined ? [] : [length, body])]);
}
