import { Readable } from 'node:stream';
import sharp from 'sharp';
import { seededRandom } from '@sluice/testing-servers';
import { COMFY_TEXTS, png } from '../../../testing/png-writer';
import { Thumbnails } from './thumbnails';

const open = (file: Buffer) => () => Promise.resolve(Readable.from([file]));

function flat(width: number, height: number, colour = '#336699'): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer();
}

describe('a thumbnail', () => {
  const thumbnails = new Thumbnails();

  it.each([
    [2048, 2048, 320, 320],
    [2048, 1024, 320, 160],
    [64, 2048, 10, 320],
    [320, 320, 320, 320],
    [64, 64, 64, 64],
    [2048, 64, 320, 10],
  ])('of %d × %d pixels has %d × %d', async (width, height, thumbWidth, thumbHeight) => {
    const made = await thumbnails.of(open(await flat(width, height)));
    const { format, ...size } = await sharp(made).metadata();
    expect(format).toBe('webp');
    expect(size).toMatchObject({ width: thumbWidth, height: thumbHeight });
  });

  it('shows the image, and carries none of its metadata', async () => {
    const made = await thumbnails.of(open(await flat(640, 640, '#c83c14')));
    const { dominant } = await sharp(made).stats();
    expect(
      Math.abs(dominant.r - 0xc8) + Math.abs(dominant.g - 0x3c) + Math.abs(dominant.b - 0x14),
    ).toBeLessThan(30);

    const told = await thumbnails.of(open(png({ before: COMFY_TEXTS, random: seededRandom(1) })));
    expect(told.toString('latin1')).not.toContain('SECRET');
    const { exif, icc, xmp, comments } = await sharp(told).metadata();
    expect({ exif, icc, xmp, comments }).toEqual({});
  });

  it('keeps transparency', async () => {
    const clear = sharp({
      create: { width: 400, height: 400, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    });
    const made = await thumbnails.of(open(await clear.png().toBuffer()));
    expect(await sharp(made).metadata()).toMatchObject({ hasAlpha: true });
  });

  it.each([
    ['no image', Buffer.from('not an image')],
    ['half an image', png({ width: 200, height: 200 }).subarray(0, 60_000)],
    [
      'more pixels than any image has',
      png({ width: 2049, height: 2048, rows: Buffer.alloc(2048 * (1 + 2049 * 4)) }),
    ],
  ])('of %s cannot be made', async (_, file) => {
    await expect(thumbnails.of(open(file))).rejects.toMatchObject({
      code: 'IMAGE_DECODING_FAILED',
      retryable: true,
    });
  });

  it('comes to the failure of its source', async () => {
    const failing = new Readable({ read: () => undefined });
    failing.destroy(new Error('disk gone'));
    await expect(thumbnails.of(() => Promise.resolve(failing))).rejects.toThrow('disk gone');
  });

  it('is decoded two at a time, and what waits is not even opened', async () => {
    const file = await flat(2048, 2048);
    let opened = 0;
    const opening = () => {
      opened += 1;
      return Promise.resolve(Readable.from([file]));
    };
    const made = Array.from({ length: 8 }, () => thumbnails.of(opening));
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened).toBe(2);
    await Promise.all(made);
    expect(opened).toBe(8);
  });

  it('leaves the event loop free while it is decoded', async () => {
    const file = png({ width: 2048, height: 2048, rows: Buffer.alloc(2048 * (1 + 2048 * 4), 1) });
    let [turns, done] = [0, false];
    const count = () => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    const made = thumbnails.of(open(file)).then(() => (done = true));
    setImmediate(count);
    await made;
    expect(turns).toBeGreaterThan(100);
  });
});
