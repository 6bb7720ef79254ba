import sharp from 'sharp';
import { seededRandom } from '@sluice/testing-servers';
import { pixelsOf } from '../../../testing/pixels-of';
import { chunk, chunksOf, COMFY_TEXTS, png, SIGNATURE } from '../../../testing/png-writer';
import { strippedPng } from './stripped-png';

const SIZE = { width: 5, height: 4 };

async function* inPieces(file: Buffer, length: () => number): AsyncGenerator<Buffer> {
  for (let at = 0, next; at < file.length; at = next) {
    next = at + Math.max(1, length());
    yield file.subarray(at, next);
  }
}

async function strip(file: Buffer, size = SIZE, length = () => 64 * 1024): Promise<Buffer> {
  const kept: Buffer[] = [];
  for await (const piece of strippedPng(size)(inPieces(file, length))) kept.push(piece);
  return Buffer.concat(kept);
}

const KINDS = [
  ...[1, 2, 4, 8, 16].map((bitDepth) => ({ colourType: 0, bitDepth })),
  ...[8, 16].map((bitDepth) => ({ colourType: 2, bitDepth })),
  ...[1, 2, 4, 8].map((bitDepth) => ({ colourType: 3, bitDepth })),
  ...[8, 16].map((bitDepth) => ({ colourType: 4, bitDepth })),
  ...[8, 16].map((bitDepth) => ({ colourType: 6, bitDepth })),
].flatMap((kind) => [
  { ...kind, interlaced: false },
  { ...kind, interlaced: true },
]);

describe('a PNG on its way into the storage', () => {
  it.each(KINDS)(
    'keeps every pixel: colour type $colourType, $bitDepth bits, interlaced $interlaced',
    async (kind) => {
      const random = seededRandom(1);
      for (const [width, height] of [
        [1, 1],
        [5, 4],
        [8, 8],
        [33, 17],
      ] as const) {
        const file = png({
          ...kind,
          width,
          height,
          random,
          cuts: 3,
          before: COMFY_TEXTS,
          after: COMFY_TEXTS,
        });
        const stripped = await strip(file, { width, height }, () => Math.floor(random() * 40));
        expect(stripped.toString('latin1')).not.toContain('SECRET');
        expect(stripped.length).toBeLessThan(file.length);
        expect(await pixelsOf(stripped)).toEqual(await pixelsOf(file));
      }
      // Two of that kind are told apart.
      const [one, other] = [seededRandom(1), seededRandom(2)].map((of) =>
        pixelsOf(png({ ...kind, random: of })),
      );
      expect(await one).not.toEqual(await other);
    },
  );

  it('keeps what other encoders wrote, byte for byte but for the metadata', async () => {
    const made = await sharp(png({ width: 64, height: 64, random: seededRandom(2) }))
      .png({ palette: true, progressive: true, colours: 16 })
      .withExif({ IFD0: { Copyright: 'SECRET-EXIF' } })
      .withIccProfile('p3')
      .toBuffer();
    const chunks = chunksOf(made);
    expect(chunks.map(({ type }) => type)).toEqual(expect.arrayContaining(['eXIf', 'iCCP', 'PLTE']));
    const kept = chunks.filter(({ type }) => ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(type));
    const expected = Buffer.concat([SIGNATURE, ...kept.map(({ bytes }) => bytes)]);
    expect(await strip(made, { width: 64, height: 64 })).toEqual(expected);
  });

  it.each(['tEXt', 'zTXt', 'iTXt', 'eXIf', 'iCCP', 'tIME', 'pHYs', 'sPLT', 'acTL', 'fdAT', 'prVt'])(
    'loses its %s, wherever it stands',
    async (type) => {
      const metadata = [chunk(type, Buffer.from('prompt\0SECRET')), chunk(type)];
      const plain = png({ random: seededRandom(3) });
      const file = png({ random: seededRandom(3), before: metadata, after: metadata });
      expect(await strip(file)).toEqual(plain);
    },
  );

  it('loses what follows its end', async () => {
    const plain = png({ random: seededRandom(4) });
    const behind = Buffer.concat([plain, Buffer.from('SECRET'), png()]);
    expect(await strip(behind, SIZE, () => 7)).toEqual(plain);
  });

  it('keeps colours that are fixed numbers, once and in their place', async () => {
    const gamma = chunk('gAMA', Buffer.from([0, 0, 0xb1, 0x8f]));
    const file = png({ random: seededRandom(5), before: [gamma, chunk('sRGB', Buffer.from([0]))] });
    expect(await strip(file)).toEqual(file);
    const plain = png({ random: seededRandom(5), before: [gamma] });
    const odd = [gamma, gamma, chunk('sRGB', Buffer.from('SECRET'))];
    expect(await strip(png({ random: seededRandom(5), before: odd, after: [gamma] }))).toEqual(plain);
  });

  it('keeps its transparency', async () => {
    const file = png({
      colourType: 3,
      bitDepth: 2,
      before: [chunk('tRNS', Buffer.from([0, 128, 255]))],
      random: seededRandom(6),
    });
    const stripped = await strip(file);
    expect(stripped).toEqual(file);
    expect((await pixelsOf(stripped)).channels).toBe(4);
  });

  it('may have thousands of empty chunks of pixels, and arrive byte by byte', async () => {
    const file = png({ random: seededRandom(7), before: Array.from({ length: 5_000 }, () => chunk('IDAT')) });
    expect(await strip(file)).toEqual(file);
    const small = png({ random: seededRandom(7), cuts: 2 });
    expect(await strip(small, SIZE, () => 1)).toEqual(small);
  });
});
