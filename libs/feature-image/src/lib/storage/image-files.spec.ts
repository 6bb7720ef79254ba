import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { seededRandom } from '@sluice/testing-servers';
import { pixelsOf } from '../../testing/pixels-of';
import { chunk, COMFY_TEXTS, png } from '../../testing/png-writer';
import { useScratchFolder } from '../../testing/scratch-folder';
import { filesIn } from '../../testing/stored-files';
import { ImageFiles } from './image-files';
import type { ImageStorageOptions } from './image-storage.options';
import { LocalImageStorage } from './local/local-image-storage';
import { Thumbnails } from './thumbnail/thumbnails';

const folder = useScratchFolder();
const SIZE = { width: 64, height: 48 };

function filesHere(options: ImageStorageOptions = {}) {
  const storage = new LocalImageStorage({ directory: folder(), ...options });
  const files = new ImageFiles(storage, new Thumbnails());
  const read = async (key: string) => {
    const stored = await storage.get(key);
    return stored ? buffer(stored.stream) : Buffer.alloc(0);
  };
  return { storage, files, read };
}

/** As it comes from a socket: in chunks that fit nothing. */
function arriving(file: Buffer): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < file.length; at += 1_237) yield file.subarray(at, at + 1_237);
    })(),
  );
}

describe('an image that comes from a server', () => {
  it('is kept with its pixels and a thumbnail, without its metadata', async () => {
    const { files, read } = filesHere();
    const painted = png({ ...SIZE, before: COMFY_TEXTS, random: seededRandom(1) });
    const plain = png({ ...SIZE, random: seededRandom(1) });
    const kept = await files.keep(arriving(painted), SIZE);
    expect(kept).toEqual({
      fileKey: `${kept.sha256}.png`,
      thumbKey: expect.stringMatching(/^[0-9a-f]{64}\.webp$/),
      contentType: 'image/png',
      bytes: plain.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const file = await read(kept.fileKey);
    expect(file).toEqual(plain);
    expect(await pixelsOf(file)).toEqual(await pixelsOf(painted));
    expect(await sharp(await read(kept.thumbKey)).metadata()).toMatchObject({ format: 'webp', ...SIZE });
    expect(filesIn(folder())).toHaveLength(2);
  });

  it('is the same two files when it is kept again, or painted for another prompt', async () => {
    const { files } = filesHere();
    const painted = png({ ...SIZE, before: COMFY_TEXTS, random: seededRandom(2) });
    const retold = png({
      ...SIZE,
      after: [chunk('tEXt', Buffer.from('prompt\0other'))],
      random: seededRandom(2),
    });
    const kept = await files.keep(arriving(painted), SIZE);
    const again = await Promise.all(
      [painted, painted, retold].map((file) => files.keep(arriving(file), SIZE)),
    );
    expect(again).toEqual([kept, kept, kept]);
    expect(filesIn(folder())).toHaveLength(2);
  });

  it.each([
    ['it is none', Buffer.from('{"error": NaN}'), { code: 'IMAGE_REFUSED', reason: 'not-png' }],
    ['it has another size', png(), { code: 'IMAGE_REFUSED', reason: 'size' }],
    [
      'it is cut short',
      png({ ...SIZE }).subarray(0, -20),
      { code: 'IMAGE_REFUSED', reason: 'truncated', retryable: true },
    ],
    ['it is too large', png({ ...SIZE }), { code: 'IMAGE_TOO_LARGE' }],
    // The limit is for what comes, not for what is kept.
    [
      'its text is too large',
      png({ ...SIZE, before: [chunk('tEXt', Buffer.alloc(60_000))] }),
      { code: 'IMAGE_TOO_LARGE' },
    ],
  ])('leaves nothing behind when %s', async (_, file, error) => {
    const { files } = filesHere({ maxBytes: error.code === 'IMAGE_TOO_LARGE' ? 10_000 : 100_000 });
    const source = arriving(file);
    await expect(files.keep(source, SIZE)).rejects.toMatchObject(error);
    expect(filesIn(folder())).toEqual([]);
    expect(source.destroyed).toBe(true);
  });

  it('leaves the event loop free, also when 32 MB of it come at once', async () => {
    const { files } = filesHere();
    const text = chunk('tEXt', Buffer.alloc(16 * 2 ** 20));
    const painted = png({ ...SIZE, before: [text], after: [text] });
    let [turns, done] = [0, false];
    const count = () => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await files.keep(Readable.from([painted]), SIZE).finally(() => (done = true));
    // A turn for each piece of 64 KiB, at least.
    expect(turns).toBeGreaterThan(painted.length / 65_536);
  });

  it('stops when it is told to', async () => {
    const { files } = filesHere();
    const aborter = new AbortController();
    const source = new Readable({ read: () => undefined });
    source.push(png(SIZE).subarray(0, 1_000));
    const keeping = files.keep(source, { ...SIZE, signal: aborter.signal });
    aborter.abort(new Error('shutting down'));
    await expect(keeping).rejects.toThrow('shutting down');
    expect(filesIn(folder())).toEqual([]);
  });
});
