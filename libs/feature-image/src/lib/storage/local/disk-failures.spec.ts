import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { asNobody } from '../../../testing/as-nobody';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { fillStorage, runsIn } from '../../../testing/storage-process';
import { filesIn, unfinishedIn } from '../../../testing/stored-files';
import { diskError, onDisk } from './disk-error';
import { LocalImageStorage } from './local-image-storage';

const folder = useScratchFolder();

function put(storage: LocalImageStorage, content = 'content') {
  return storage.put(Readable.from([Buffer.from(content)]), { type: 'png' });
}

describe('a full disk', () => {
  it('that allows no file so large: says so, keeps nothing, and goes on', async () => {
    // dash counts in 512 bytes, bash in 1024: half a megabyte or a whole one
    const small = `trap '' XFSZ; ulimit -f 1024`;
    expect(await fillStorage(folder(), 2 ** 21, small)).toEqual({
      code: 'IMAGE_STORE_FULL',
      reason: 'EFBIG',
      unfinished: 0,
      stored: 0,
      broken: 0,
      again: 'stored',
    });
  });

  // A file system of one megabyte, mounted where only that process sees it.
  const unshare = ['unshare', '--user', '--map-root-user', '--mount', 'sh'];
  const mount = 'mount -t tmpfs -o size=1m none';
  const permitted = runsIn(unshare, `${mount} /mnt`);
  (permitted ? it : it.skip)('that has no room left: says so, and goes on when there is', async () => {
    const filled = await fillStorage(folder(), 200_000, `${mount} "$DIRECTORY"`, unshare);
    expect(filled).toMatchObject({ code: 'IMAGE_STORE_FULL', reason: 'ENOSPC', unfinished: 0, broken: 0 });
    expect(filled.stored).toBeGreaterThan(2);
    expect(filled.again).toBe('stored');
    expect(filesIn(folder())).toEqual([]);
  });
});

describe('a folder that cannot be used', () => {
  it('is made when it is missing at the start, parents too', async () => {
    const storage = new LocalImageStorage({ directory: join(folder(), 'a/b/images') });
    const { key } = await put(storage);
    const stored = await storage.get(key);
    expect(stored && (await text(stored.stream))).toBe('content');
  });

  it('that vanishes later is not made again: every call says that it is missing', async () => {
    const directory = join(folder(), 'images');
    const storage = new LocalImageStorage({ directory });
    const { key } = await put(storage);
    renameSync(directory, `${directory}-unmounted`);
    const missing = { code: 'IMAGE_STORE_MISSING', reason: 'ENOENT', retryable: true };
    await expect(put(storage)).rejects.toMatchObject(missing);
    await expect(storage.get(key)).rejects.toMatchObject(missing);
    await expect(storage.delete(key)).rejects.toMatchObject(missing);
    await expect(storage.delete(key, { putBefore: new Date() })).rejects.toMatchObject(missing);
    await expect(storage.list().next()).rejects.toMatchObject(missing);
    await expect(storage.removeUnfinished()).rejects.toMatchObject(missing);
    expect(filesIn(folder()).filter((path) => path.startsWith('images/'))).toEqual([]);

    renameSync(`${directory}-unmounted`, directory);
    expect(await storage.get(key).then((stored) => stored && text(stored.stream))).toBe('content');
  });

  it('that lost a part of itself while a file is written', async () => {
    const directory = folder();
    const storage = new LocalImageStorage({ directory });
    const { key } = await put(storage);
    rmSync(join(directory, key.slice(0, 2)), { recursive: true });
    await expect(put(storage)).rejects.toMatchObject({ code: 'IMAGE_STORE_MISSING' });
    expect(unfinishedIn(directory)).toEqual([]);
  });

  it('for want of a right: says so, and can be used as soon as it is given', async () => {
    const directory = join(folder(), 'images');
    mkdirSync(directory, { mode: 0o500 });
    const storage = new LocalImageStorage({ directory });
    const forbidden = { code: 'IMAGE_STORE_FORBIDDEN', reason: 'EACCES', retryable: true };
    await asNobody(() => expect(put(storage)).rejects.toMatchObject(forbidden));
    chmodSync(directory, 0o777);
    const { key } = await asNobody(() => put(storage));
    chmodSync(join(directory, 'unfinished'), 0o500);
    await asNobody(async () => {
      await expect(put(storage)).rejects.toMatchObject(forbidden);
      expect(await storage.get(key).then((stored) => stored && text(stored.stream))).toBe('content');
    });
  });

  it.each([
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a link', (path: string) => symlinkSync('/tmp', path)],
  ])('in which %s has the place of a folder', async (_, make) => {
    make(join(folder(), '7f'));
    const storage = new LocalImageStorage({ directory: folder() });
    await expect(put(storage)).rejects.toThrow('"7f" is no folder of its own');
    rmSync(join(folder(), '7f'));
    await put(storage);
  });

  it('that is a file', async () => {
    const directory = join(folder(), 'images');
    writeFileSync(directory, '');
    const storage = new LocalImageStorage({ directory });
    await expect(put(storage)).rejects.toMatchObject({ code: 'IMAGE_STORE_UNAVAILABLE', reason: 'EEXIST' });
  });
});

describe('errors of the disk', () => {
  it.each([
    ['ENOSPC', 'IMAGE_STORE_FULL'],
    ['EDQUOT', 'IMAGE_STORE_FULL'],
    ['EROFS', 'IMAGE_STORE_FORBIDDEN'],
    ['EPERM', 'IMAGE_STORE_FORBIDDEN'],
    ['ENOTDIR', 'IMAGE_STORE_MISSING'],
    ['EIO', 'IMAGE_STORE_UNAVAILABLE'],
    ['EMFILE', 'IMAGE_STORE_UNAVAILABLE'],
  ])('%s is %s, and tells no path', (reason, code) => {
    const error = Object.assign(new Error(`${reason}: open '/srv/secret/place'`), {
      code: reason,
      path: '/srv/secret/place',
    });
    expect(diskError(error)).toMatchObject({ code, reason, retryable: true });
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(diskError(error)))).not.toContain('secret/place');
  });

  it('are not waited for without end', async () => {
    jest.useFakeTimers();
    try {
      const never = expect(onDisk(() => new Promise(() => undefined))).rejects.toMatchObject({
        code: 'IMAGE_STORE_UNAVAILABLE',
        reason: 'ETIMEDOUT',
      });
      await jest.advanceTimersByTimeAsync(30_000);
      await never;
    } finally {
      jest.useRealTimers();
    }
  });
});
