import { deflateSync } from 'node:zlib';
import { seededRandom } from '@sluice/testing-servers';
import { pixelsOf } from '../../../testing/pixels-of';
import { chunk, COMFY_TEXTS, header, png, randomRows, SIGNATURE } from '../../../testing/png-writer';
import type { Refusal } from '../image-file.errors';
import { PixelCheck } from './pixel-check';
import type { PngHeader } from './png-header';
import { strippedPng } from './stripped-png';

const SIZE = { width: 5, height: 4 };
const RGBA: PngHeader = { ...SIZE, bitDepth: 8, colourType: 6, interlaced: false };
const ROWS = randomRows(RGBA, seededRandom(1));

async function strip(file: Buffer, size = SIZE): Promise<Buffer> {
  const source = (async function* () {
    for (let at = 0; at < file.length; at += 64 * 1024) yield file.subarray(at, at + 64 * 1024);
  })();
  const kept: Buffer[] = [];
  for await (const piece of strippedPng(size)(source)) kept.push(piece);
  return Buffer.concat(kept);
}

function refusal(file: Buffer, size = SIZE): Promise<string> {
  return strip(file, size).then(
    () => 'accepted',
    (error: { code: string; reason: string }) =>
      error.code === 'IMAGE_REFUSED' ? error.reason : String(error),
  );
}

/** A PNG of these parts, between signature and end. */
function of(...parts: Buffer[]): Buffer {
  return Buffer.concat([SIGNATURE, ...parts, chunk('IEND')]);
}

const HEADER = header(RGBA);
const PIXELS = chunk('IDAT', deflateSync(ROWS));

describe('what is no PNG of the expected size', () => {
  it('is accepted when nothing is wrong with it', async () => {
    expect(await refusal(of(HEADER, PIXELS))).toBe('accepted');
  });

  it.each<[string, Buffer, Refusal]>([
    ['nothing', Buffer.alloc(0), 'not-png'],
    ['a bare NaN', Buffer.from('NaN'), 'not-png'],
    ['a page of HTML', Buffer.from('<!doctype html><title>502 Bad Gateway</title>'), 'not-png'],
    ['a JPEG', Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), 'not-png'],
    ['a signature that went through a text mode', Buffer.from('89504e470a1a0a0000', 'hex'), 'not-png'],
    ['a signature alone', SIGNATURE, 'truncated'],
    ['no end', Buffer.concat([SIGNATURE, HEADER, PIXELS]), 'truncated'],
    ['text after the signature', Buffer.concat([SIGNATURE, Buffer.from('Not Found, sorry')]), 'structure'],
    ['no header', of(PIXELS), 'structure'],
    ['two headers', of(HEADER, HEADER, PIXELS), 'structure'],
    ['a header that is too long', of(chunk('IHDR', Buffer.alloc(14)), PIXELS), 'structure'],
    ['pixels of 3 bits', of(header({ ...RGBA, bitDepth: 3 }), PIXELS), 'structure'],
    ['an unknown colour type', of(header({ ...RGBA, colourType: 5 }), PIXELS), 'structure'],
    ['no pixels', of(HEADER), 'structure'],
    ['pixels in two places', of(HEADER, PIXELS, chunk('tIME'), chunk('IDAT')), 'structure'],
    ['an unknown part that is needed', of(HEADER, chunk('ABCD'), PIXELS), 'structure'],
    ['a name that is none', of(HEADER, chunk('te t'), PIXELS), 'structure'],
    ['a palette after the pixels', of(HEADER, PIXELS, chunk('PLTE', Buffer.alloc(3))), 'structure'],
    ['a palette of half a colour', of(HEADER, chunk('PLTE', Buffer.alloc(4)), PIXELS), 'structure'],
    [
      'a palette for grey',
      of(header({ ...RGBA, colourType: 0 }), chunk('PLTE', Buffer.alloc(3))),
      'structure',
    ],
    ['no palette', of(header({ ...RGBA, colourType: 3 }), PIXELS), 'structure'],
    ['transparency of transparent pixels', of(HEADER, chunk('tRNS', Buffer.alloc(2)), PIXELS), 'structure'],
    [
      'an end with something in it',
      Buffer.concat([SIGNATURE, HEADER, PIXELS, chunk('IEND', ROWS)]),
      'structure',
    ],
    ['another width', png({ ...SIZE, width: 6 }), 'size'],
    ['another height', png({ ...SIZE, height: 3 }), 'size'],
    ['65,535 × 65,535 pixels', of(header({ ...RGBA, width: 65_535, height: 65_535 }), PIXELS), 'size'],
    ['no width', of(header({ ...RGBA, width: 0 }), PIXELS), 'size'],
    ['pixels that are not compressed', of(HEADER, chunk('IDAT', ROWS)), 'pixels'],
    ['half of the compressed pixels', of(HEADER, chunk('IDAT', deflateSync(ROWS).subarray(0, 40))), 'pixels'],
    ['no compressed pixels', of(HEADER, chunk('IDAT')), 'pixels'],
    ['a row too few', of(HEADER, chunk('IDAT', deflateSync(ROWS.subarray(21)))), 'pixels'],
    ['half a row too few', of(HEADER, chunk('IDAT', deflateSync(ROWS.subarray(0, -9)))), 'pixels'],
    ['a filter that does not exist', png({ rows: Buffer.alloc(ROWS.length, 5) }), 'pixels'],
    ['a byte too many', png({ rows: Buffer.concat([ROWS, Buffer.alloc(1)]) }), 'bomb'],
    ['data behind the compressed pixels', of(HEADER, PIXELS, chunk('IDAT', Buffer.from('SECRET'))), 'bomb'],
    ['200 MiB of pixels', png({ rows: Buffer.alloc(200 * 2 ** 20) }), 'bomb'],
  ])('%s', async (_, file, reason) => {
    expect(await refusal(file)).toBe(reason);
  });

  it('a bomb is put out at the first byte too many', async () => {
    const check = new PixelCheck(RGBA);
    const inflated = jest.spyOn(check as unknown as { count(unpacked: Buffer): void }, 'count');
    await expect(check.take(deflateSync(Buffer.alloc(2 ** 26)))).rejects.toMatchObject({ reason: 'bomb' });
    await expect(check.end()).rejects.toMatchObject({ reason: 'bomb' });
    expect(inflated).toHaveBeenCalledTimes(1);
  });

  it('wherever it is cut off', async () => {
    const file = png({ cuts: 2, before: COMFY_TEXTS, random: seededRandom(2) });
    const reasons = await Promise.all(Array.from(file, (_, i) => refusal(file.subarray(0, i))));
    expect(new Set(reasons.slice(0, 8))).toEqual(new Set(['not-png']));
    expect(new Set(reasons.slice(8))).toEqual(new Set(['truncated']));
  });

  it('whichever bit of it is another', async () => {
    const file = png({ cuts: 2, before: COMFY_TEXTS, random: seededRandom(3) });
    const flipped = Array.from({ length: file.length * 8 }, (_, bit) => {
      const copy = Buffer.from(file);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    });
    const reasons = await Promise.all(flipped.map((copy) => refusal(copy)));
    expect(reasons.filter((reason) => reason === 'accepted')).toEqual([]);
    expect(reasons).toContain('checksum');
  });

  it('whatever is accepted of damaged ones, with checksums made right again, libvips can decode', async () => {
    const kinds = [
      [0, 1],
      [0, 8],
      [2, 8],
      [3, 4],
      [4, 16],
      [6, 8],
    ] as const;
    let accepted = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed);
      const [colourType, bitDepth] = kinds[seed % kinds.length] ?? [0, 1];
      const of = { width: 9, height: 7, colourType, bitDepth, interlaced: random() < 0.5 };
      const rows = randomRows(of, random);
      const at = Math.floor(random() * rows.length);
      rows[at] = (rows[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const stripped = await strip(png({ ...of, rows, random }), of).catch(() => undefined);
      if (!stripped) continue;
      accepted += 1;
      expect(await pixelsOf(stripped)).toMatchObject({ width: 9, height: 7 });
    }
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(300);
  });
});
