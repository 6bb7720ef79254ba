import { crc32, deflateSync } from 'node:zlib';
import { type PngHeader, rowsOf } from '../lib/storage/png/png-header';

export const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** A chunk as it stands in a file: length, type, data, checksum. */
export function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const said = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(said));
  return Buffer.concat([length, said, checksum]);
}

export function header({ width, height, bitDepth, colourType, interlaced }: PngHeader): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

/** Rows of random pixels, each with a random filter: any bytes are pixels. */
export function randomRows(of: PngHeader, random: () => number): Buffer {
  const rows = rowsOf(of).flatMap(({ rows, bytes }) =>
    Array.from({ length: rows }, () => {
      const row = Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)));
      row[0] = Math.floor(random() * 5);
      return row;
    }),
  );
  return Buffer.concat(rows);
}

/** What ComfyUI writes into a picture. */
export const COMFY_TEXTS = [
  chunk('tEXt', Buffer.from('prompt\0{"3":{"inputs":{"text":"SECRET-PROMPT"}}}', 'latin1')),
  chunk('tEXt', Buffer.from('workflow\0{"nodes":["SECRET-WORKFLOW"]}', 'latin1')),
];

export interface PngRecipe extends Partial<PngHeader> {
  /** Default random rows. */
  rows?: Buffer;
  /** Into how many IDAT chunks the pixels are cut. Default 1. */
  cuts?: number;
  /** Chunks between header and pixels, and between pixels and end. */
  before?: Buffer[];
  after?: Buffer[];
  random?: () => number;
}

/** A whole PNG, 5 × 4 pixels of 8-bit RGBA unless told otherwise. */
export function png(recipe: PngRecipe = {}): Buffer {
  const { before = [], after = [], cuts = 1, random = Math.random } = recipe;
  const of: PngHeader = {
    width: recipe.width ?? 5,
    height: recipe.height ?? 4,
    bitDepth: recipe.bitDepth ?? 8,
    colourType: recipe.colourType ?? 6,
    interlaced: recipe.interlaced ?? false,
  };
  const packed = deflateSync(recipe.rows ?? randomRows(of, random));
  const size = Math.ceil(packed.length / cuts);
  const pixels = Array.from({ length: cuts }, (_, i) =>
    chunk('IDAT', packed.subarray(i * size, (i + 1) * size)),
  );
  const palette = of.colourType === 3 ? [chunk('PLTE', randomBytes(3 * 2 ** of.bitDepth, random))] : [];
  return Buffer.concat([SIGNATURE, header(of), ...palette, ...before, ...pixels, ...after, chunk('IEND')]);
}

/** The chunks of a PNG as they stand in it, in order. */
export function chunksOf(file: Buffer): { type: string; bytes: Buffer }[] {
  const chunks = [];
  for (let at = SIGNATURE.length, next; at < file.length; at = next) {
    next = at + 12 + file.readUInt32BE(at);
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), bytes: file.subarray(at, next) });
  }
  return chunks;
}

function randomBytes(length: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}
