import { refused } from '../image-file.errors';

/** Of each colour type: the channels of a pixel, and the bits a channel may have. */
const COLOUR_TYPES: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] }, // grey
  2: { channels: 3, depths: [8, 16] }, // colour
  3: { channels: 1, depths: [1, 2, 4, 8] }, // palette
  4: { channels: 2, depths: [8, 16] }, // grey with transparency
  6: { channels: 4, depths: [8, 16] }, // colour with transparency
};

/** Adam7: each pass takes every `dx`th pixel of every `dy`th row, from (`x`, `y`) on. */
const PASSES = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
] as const;

export const HEADER_BYTES = 13;

/** What the first chunk of a PNG, `IHDR`, says. */
export interface PngHeader {
  width: number;
  height: number;
  bitDepth: number;
  colourType: number;
  interlaced: boolean;
}

/** @throws ImageFileError `IMAGE_REFUSED` (structure) */
export function readPngHeader(data: Buffer): PngHeader {
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8);
  const known = COLOUR_TYPES[colourType]?.depths.includes(bitDepth);
  if (!known || compression !== 0 || filter !== 0 || interlace > 1) {
    throw refused('structure', 'The PNG has a kind of pixels that does not exist.');
  }
  return {
    width: data.readUInt32BE(0),
    height: data.readUInt32BE(4),
    bitDepth,
    colourType,
    interlaced: interlace === 1,
  };
}

/** The rows of pixels as they follow one another in the data: runs of rows that are equally long. */
export function rowsOf(header: PngHeader): { rows: number; bytes: number }[] {
  const { width, height, interlaced } = header;
  const sizes = interlaced
    ? PASSES.map(({ x, y, dx, dy }) => ({
        width: Math.ceil((width - x) / dx),
        height: Math.ceil((height - y) / dy),
      }))
    : [{ width, height }];
  return sizes
    .filter((pass) => pass.width > 0 && pass.height > 0)
    .map((pass) => ({ rows: pass.height, bytes: 1 + Math.ceil((pass.width * bitsPerPixel(header)) / 8) }));
}

function bitsPerPixel({ colourType, bitDepth }: PngHeader): number {
  return (COLOUR_TYPES[colourType]?.channels ?? 0) * bitDepth;
}
