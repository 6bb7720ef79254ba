import { createHash, randomBytes } from 'node:crypto';
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { brokenIn, filesIn, unfinishedIn } from '../../../testing/stored-files';
import type { ListedFile, PutOptions } from '../image-storage';
import { LocalImageStorage } from './local-image-storage';

const folder = useScratchFolder();
const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;

function storageHere(): LocalImageStorage {
  return new LocalImageStorage({ directory: folder() });
}

function put(storage: LocalImageStorage, content: Buffer, options: Partial<PutOptions> = {}) {
  return storage.put(Readable.from([content]), { type: 'png', ...options });
}

async function read(storage: LocalImageStorage, key: string): Promise<Buffer | null> {
  const stored = await storage.get(key);
  return stored && buffer(stored.stream);
}

async function listed(storage: LocalImageStorage): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for await (const file of storage.list()) files.push(file);
  return files;
}

function pathOf(key: string): string {
  return join(folder(), key.slice(0, 2), key);
}

/** As if it had been put long ago. */
function age(key: string): void {
  utimesSync(pathOf(key), LONG_AGO, LONG_AGO);
}

describe('a stored file', () => {
  it('comes back as it was put, with its size and ETag', async () => {
    const storage = storageHere();
    const content = randomBytes(300_000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const key = `${sha256}.webp`;
    expect(await put(storage, content, { type: 'webp' })).toEqual({
      key,
      bytes: 300_000,
      sha256,
      contentType: 'image/webp',
    });
    const stored = await storage.get(key);
    expect(stored).toMatchObject({ bytes: 300_000, etag: `"${sha256}"`, contentType: 'image/webp' });
    expect(stored && (await buffer(stored.stream))).toEqual(content);
    expect(filesIn(folder())).toEqual([`${key.slice(0, 2)}/${key}`]);
  });

  it('is null when there is none', async () => {
    expect(await storageHere().get(`${'0'.repeat(64)}.png`)).toBeNull();
  });

  it('is one file, put twice at once by two processes or in a row', async () => {
    const storages = [storageHere(), storageHere(), storageHere()];
    const content = randomBytes(500_000);
    const puts = await Promise.all([...storages, ...storages].map((storage) => put(storage, content)));
    expect(new Set(puts.map(({ key }) => key)).size).toBe(1);
    await put(storageHere(), content);
    expect(filesIn(folder())).toHaveLength(1);
    expect(brokenIn(folder())).toEqual([]);
  });

  it('is whole for who reads it while it is put again, and deleted', async () => {
    const storage = storageHere();
    const content = randomBytes(2_000_000);
    const { key } = await put(storage, content);
    const stored = await storage.get(key);
    await put(storage, content);
    await storage.delete(key);
    expect(stored && (await buffer(stored.stream)).equals(content)).toBe(true);
  });

  it('may be read by nobody but its owner and group', async () => {
    const { key } = await put(storageHere(), Buffer.from('x'));
    expect(statSync(pathOf(key)).mode & 0o027).toBe(0);
  });
});

describe('a put that fails', () => {
  it.each<[string, () => Readable, Partial<PutOptions>, object]>([
    [
      'too large',
      () => Readable.from([randomBytes(5), randomBytes(6)]),
      { maxBytes: 10 },
      { code: 'IMAGE_TOO_LARGE' },
    ],
    ['empty', () => Readable.from([]), {}, { code: 'IMAGE_REFUSED', reason: 'truncated' }],
    ['its source fails', failing, {}, { message: 'connection lost' }],
    ['its source failed before', failed, {}, { message: 'connection lost' }],
    ['aborted', endless, { signal: AbortSignal.timeout(20) }, { name: 'TimeoutError' }],
    ['aborted before', endless, { signal: AbortSignal.abort() }, { name: 'AbortError' }],
    ['a check in between says no', endless, { through: refuseAll }, { message: 'refused' }],
  ])('%s: rejects, keeps nothing and closes the source', async (_, make, options, error) => {
    const source = make();
    await expect(storageHere().put(source, { type: 'png', ...options })).rejects.toMatchObject(error);
    expect(filesIn(folder())).toEqual([]);
    expect(source.destroyed).toBe(true);
  });

  it('exactly as large as allowed is not too large', async () => {
    expect(await put(storageHere(), randomBytes(10), { maxBytes: 10 })).toMatchObject({ bytes: 10 });
  });

  it('leaves what was there under its name', async () => {
    const storage = storageHere();
    const content = randomBytes(1000);
    const { key } = await put(storage, content);
    await expect(put(storage, content, { through: cutShort })).rejects.toThrow('refused');
    expect(await read(storage, key)).toEqual(content);
  });
});

describe('deleting', () => {
  it('is safe to repeat', async () => {
    const storage = storageHere();
    const { key } = await put(storage, Buffer.from('x'));
    expect(await storage.delete(key)).toBe('gone');
    expect(await storage.delete(key)).toBe('gone');
    expect(await storage.get(key)).toBeNull();
    expect(filesIn(folder())).toEqual([]);
  });

  it('takes what was put before a moment, and leaves what was put since, also again', async () => {
    const storage = storageHere();
    const { key } = await put(storage, Buffer.from('x'));
    const putBefore = new Date(Date.now() - HOUR_MS);
    expect(await storage.delete(key, { putBefore })).toBe('kept');
    age(key);
    await put(storage, Buffer.from('x'));
    expect(await storage.delete(key, { putBefore })).toBe('kept');
    expect(await read(storage, key)).toEqual(Buffer.from('x'));
    age(key);
    expect(await storage.delete(key, { putBefore })).toBe('gone');
    expect(await storage.delete(key, { putBefore })).toBe('gone');
    expect(filesIn(folder())).toEqual([]);
  });

  it('never takes a file that is put at the same moment', async () => {
    const storage = storageHere();
    const content = randomBytes(100);
    const { key } = await put(storage, content);
    for (let round = 0; round < 150; round++) {
      age(key);
      const putBefore = new Date(Date.now() - HOUR_MS);
      const again = put(storage, content);
      await sleep(Math.random() * 3);
      await Promise.all([again, storage.delete(key, { putBefore })]);
      expect(await read(storage, key)).toEqual(content);
    }
    expect(unfinishedIn(folder())).toEqual([]);
  });
});

describe('the list', () => {
  it('has all files with their size and time, in the order of their keys', async () => {
    const storage = storageHere();
    const puts = await Promise.all(Array.from({ length: 40 }, (_, i) => put(storage, randomBytes(i + 1))));
    const [old] = puts.map(({ key }) => key).sort();
    age(old ?? '');
    const files = await listed(storage);
    const sizes = puts.map(({ key, bytes }) => ({ key, bytes })).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(files.map(({ key, bytes }) => ({ key, bytes }))).toEqual(sizes);
    expect(files[0]?.putAt).toEqual(LONG_AGO);
    expect(files.every(({ putAt }, i) => i === 0 || Date.now() - putAt.getTime() < HOUR_MS)).toBe(true);
  });

  it('goes on when files are deleted while it is read', async () => {
    const storage = storageHere();
    for (let i = 0; i < 20; i++) await put(storage, randomBytes(10));
    let seen = 0;
    for await (const { key } of storage.list()) {
      seen += 1;
      await storage.delete(key);
    }
    expect(seen).toBe(20);
    expect(await listed(storage)).toEqual([]);
  });
});

function failing(): Readable {
  return Readable.from(
    (async function* () {
      yield await Promise.resolve(randomBytes(100_000));
      throw new Error('connection lost');
    })(),
  );
}

function failed(): Readable {
  const source = endless();
  source.destroy(new Error('connection lost'));
  return source;
}

function endless(): Readable {
  return new Readable({
    read() {
      setImmediate(() => this.push(randomBytes(1000)));
    },
  });
}

async function* refuseAll(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    throw new Error('refused');
  }
}

async function* cutShort(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield piece.subarray(0, 10);
  throw new Error('refused');
}
