import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { filesIn, unfinishedIn } from '../../../testing/stored-files';
import { LocalImageStorage } from './local-image-storage';

const folder = useScratchFolder();
const MIB = 2 ** 20;
const CHUNK = 64 * 1024;

/** A stream that makes its bytes as they are asked for, and watches what becomes of them. */
function watched(bytes: number) {
  const seen = { made: 0, mostUnwritten: 0, mostMemory: 0 };
  const start = process.memoryUsage().arrayBuffers;
  const source = new Readable({
    highWaterMark: CHUNK,
    read() {
      seen.mostUnwritten = Math.max(seen.mostUnwritten, seen.made - written());
      seen.mostMemory = Math.max(seen.mostMemory, process.memoryUsage().arrayBuffers - start);
      if (seen.made >= bytes) this.push(null);
      else this.push(Buffer.alloc(CHUNK, (seen.made += CHUNK) % 251));
    },
  });
  return { source, seen };
}

/** Bytes of the file that is being written. */
function written(): number {
  const [path] = unfinishedIn(folder());
  return path === undefined ? 0 : statSync(join(folder(), path)).size;
}

describe('200 MB', () => {
  it('are refused at 64 MiB, without being taken further, and leave nothing', async () => {
    const storage = new LocalImageStorage({ directory: folder() });
    const { source, seen } = watched(200 * MIB);
    await expect(storage.put(source, { type: 'png' })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      retryable: false,
    });
    expect(source.destroyed).toBe(true);
    expect(seen.made).toBeGreaterThan(64 * MIB);
    expect(seen.made).toBeLessThan(65 * MIB);
    expect(filesIn(folder())).toEqual([]);
  });

  it('are written as they come when they are allowed: they are never held in memory', async () => {
    const storage = new LocalImageStorage({ directory: folder() });
    const { source, seen } = watched(200 * MIB);
    const { bytes } = await storage.put(source, { type: 'png', maxBytes: 256 * MIB });
    expect(bytes).toBe(200 * MIB);
    expect(seen.mostUnwritten).toBeLessThan(MIB);
    expect(seen.mostMemory).toBeLessThan(100 * MIB);
  });
});
