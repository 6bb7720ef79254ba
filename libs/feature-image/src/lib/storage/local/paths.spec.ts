import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { filesIn } from '../../../testing/stored-files';
import { isStorageKey, storageKey, type StoredType, storedEtag } from '../storage-key';
import { LocalImageStorage } from './local-image-storage';

const folder = useScratchFolder();
const KEY = `${'7f'.repeat(32)}.png`;

const NO_KEYS = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  '/etc/passwd',
  `../${KEY}`,
  `../../${KEY}`,
  `7f/${KEY}`,
  `./${KEY}`,
  `${KEY}/`,
  `${KEY}/..`,
  `${KEY}\0`,
  `${KEY}\n`,
  `${KEY}\0.png`,
  `${KEY}.part`,
  KEY.toUpperCase(),
  KEY.replace('.png', '.svg'),
  KEY.replace('.png', ''),
  KEY.slice(1),
  `0${KEY}`,
  KEY.replace('7', '\uff17'),
  `${'..%2f'.repeat(13).slice(0, 64)}.png`,
  `${'../'.repeat(22).slice(0, 64)}.png`,
  `C:\\${KEY}`,
  '__proto__',
  [KEY],
  { toString: () => KEY },
  null,
  undefined,
] as string[];

describe('what is no key', () => {
  it.each(NO_KEYS)('%j never becomes a path', async (key) => {
    const storage = new LocalImageStorage({ directory: folder() });
    const refused = { code: 'IMAGE_KEY', retryable: false };
    await expect(storage.get(key)).rejects.toMatchObject(refused);
    await expect(storage.delete(key)).rejects.toMatchObject(refused);
    expect(() => storedEtag(key)).toThrow(expect.objectContaining(refused));
    // Refused before anything is touched: not even the storage's own folders were made.
    expect(filesIn(folder())).toEqual([]);
    expect(() => readFileSync(join(folder(), 'unfinished'))).toThrow('ENOENT');
  });

  it('cannot be made either', () => {
    expect(() => storageKey('../../etc/passwd', 'png')).toThrow('no key');
    expect(() => storageKey('7f'.repeat(32), '../x' as StoredType)).toThrow('no key');
    expect(isStorageKey(storageKey('7f'.repeat(32), 'webp'))).toBe(true);
  });
});

describe('what somebody else has put into the folder', () => {
  async function storageWith(make: (path: string) => void): Promise<LocalImageStorage> {
    const storage = new LocalImageStorage({ directory: folder() });
    await storage.removeUnfinished();
    make(join(folder(), '7f', KEY));
    return storage;
  }

  it.each([
    ['a link to a file', (path: string) => symlinkSync(outside(), path)],
    ['a link to nothing', (path: string) => symlinkSync('/nowhere', path)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ])('%s under a key is neither served nor listed', async (_, make) => {
    const storage = await storageWith(make);
    expect(await storage.get(KEY)).toBeNull();
    expect(await storage.list().next()).toMatchObject({ done: true });
  });

  it('a link under a key: deleting it leaves the file behind it alone', async () => {
    const storage = await storageWith((path) => symlinkSync(outside(), path));
    expect(await storage.delete(KEY)).toBe('gone');
    expect(filesIn(join(folder(), '7f'))).toEqual([]);
    expect(readFileSync(outside(), 'utf8')).toBe('secret');
  });

  it('a link under a key: a put takes its place and does not write through it', async () => {
    const storage = new LocalImageStorage({ directory: folder() });
    const put = () => storage.put(Readable.from([Buffer.from('content')]), { type: 'png' });
    const { key } = await put();
    const path = join(folder(), key.slice(0, 2), key);
    await storage.delete(key);
    symlinkSync(outside(), path);
    await put();
    expect(readFileSync(outside(), 'utf8')).toBe('secret');
    expect(await storage.get(key).then((stored) => stored && text(stored.stream))).toBe('content');
  });

  it('other names and places are no files of ours', async () => {
    const storage = await storageWith((path) => {
      writeFileSync(`${path}.bak`, '');
      writeFileSync(path.replace('/7f/', '/8a/'), '');
      mkdirSync(join(folder(), 'lost+found'));
      writeFileSync(join(folder(), 'unfinished', KEY), '');
    });
    expect(await storage.list().next()).toMatchObject({ done: true });
  });

  it('the folder itself may be a link', async () => {
    const storage = new LocalImageStorage({ directory: folder() });
    const { key } = await storage.put(Readable.from([Buffer.from('content')]), { type: 'png' });
    renameSync(folder(), `${folder()}-volume`);
    symlinkSync(`${folder()}-volume`, folder());
    try {
      const linked = new LocalImageStorage({ directory: folder() });
      expect(await linked.get(key).then((stored) => stored && text(stored.stream))).toBe('content');
    } finally {
      execFileSync('rm', ['-r', `${folder()}-volume`]);
    }
  });

  function outside(): string {
    const path = join(folder(), 'outside');
    writeFileSync(path, 'secret');
    return path;
  }
});
