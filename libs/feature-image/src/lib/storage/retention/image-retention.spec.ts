import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Test, type TestingModule } from '@nestjs/testing';
import { DatabaseModule, ImageFileRepository } from '@sluice/data-access-database';
import { RedisLeaderElectionService, RedisModule } from '@sluice/data-access-redis';
import { LeaderScheduleModule } from '@sluice/data-access-redis/schedule';
import { executeSql, provideDatabase, type ProvidedDatabase, provideRedis } from '@sluice/testing-servers';
import { asNobody } from '../../../testing/as-nobody';
import { pollUntil } from '../../../testing/poll-until';
import { heard, OldImages, retentionApp } from '../../../testing/retention-app';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { StorageProcess } from '../../../testing/storage-process';
import { filesIn, unfinishedIn } from '../../../testing/stored-files';
import { ImageFileError } from '../image-file.errors';
import { type DeleteOptions, ImageStorage } from '../image-storage';
import { LEFT_AFTER_MS } from '../local/leftovers';
import { LocalImageStorage } from '../local/local-image-storage';
import { ImageRetention } from './image-retention';

/** A storage whose disk has trouble with some files. */
class TroubledStorage extends LocalImageStorage {
  readonly trouble = new Map<string, string>();
  asked = 0;
  beforeDelete: () => unknown = () => undefined;

  override async delete(key: string, options?: DeleteOptions): Promise<'gone' | 'kept'> {
    this.asked += 1;
    await this.beforeDelete();
    const reason = this.trouble.get(key);
    if (reason) throw new ImageFileError('IMAGE_STORE_UNAVAILABLE', 'Trouble.', { reason });
    return super.delete(key, options);
  }
}

const folder = useScratchFolder();
const running = new AbortController().signal;

let database: ProvidedDatabase;
let storage: TroubledStorage;
let app: TestingModule;
let retention: ImageRetention;
let old: OldImages;

beforeAll(async () => {
  database = await provideDatabase();
});

beforeEach(async () => {
  storage = new TroubledStorage({ directory: folder() });
  ({ retention, module: app } = await retentionApp(database.url, storage));
  await executeSql(database.url, 'truncate images');
  old = new OldImages(database.url, storage, folder());
  await old.begin(app);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await app?.close();
});

afterAll(() => database?.stop());

/** The files that are there. */
const files = () => filesIn(folder()).map((path) => path.slice(3));

/** Those of the keys that a row names. */
const inRows = async (keys: readonly string[]) =>
  [...(await app.get(ImageFileRepository, { strict: false }).knownFileKeys(keys))].sort();

/** One whose clock is a little further on. */
async function laterStorage(): Promise<LocalImageStorage> {
  const later = new LocalImageStorage({ directory: folder() }, () => Date.now() + LEFT_AFTER_MS + 1_000);
  await later.removeUnfinished();
  return later;
}

/** The keys of an image of two files that were put long ago. */
async function pair(deletedDaysAgo: number | undefined): Promise<[string, string]> {
  const keys: [string, string] = [await old.file(2_000), await old.file(2_000)];
  await old.image(deletedDaysAgo, ...keys);
  return keys;
}

describe('deleted images', () => {
  it('go 30 days later, their files and their rows, and no other', async () => {
    const gone = [...(await pair(31)), ...(await pair(30.1))];
    const kept = [...(await pair(29.9)), ...(await pair(undefined))].sort();
    const log = heard();
    await retention.removeDeleted(running);
    expect(files().sort()).toEqual(kept);
    expect(await inRows([...gone, ...kept])).toEqual(kept);
    expect(log).toEqual(['2 images that were deleted more than 30 days ago were removed']);
    await retention.removeDeleted(running);
    expect(files().sort()).toEqual(kept);
    expect(log).toHaveLength(1);
  });

  it('keep a file that another image has, until the last of them goes', async () => {
    const [file, thumb, other] = [await old.file(2_000), await old.file(2_000), await old.file(2_000)];
    await old.image(31, file, thumb);
    const last = await old.image(undefined, file, other);
    await retention.removeDeleted(running);
    expect(files().sort()).toEqual([file, other].sort());
    await executeSql(
      database.url,
      `update images set deleted_at = now() - interval '31 days' where id = '${last}'`,
    );
    await retention.removeDeleted(running);
    expect(files()).toEqual([]);
  });

  it('leave a file that was painted again just now: its row is about to be written', async () => {
    const content = Buffer.from('the same picture');
    const [file, thumb] = [await old.file(2_000, content), await old.file(2_000)];
    await old.image(31, file, thumb);
    await storage.put(Readable.from([content]), { type: 'png' });
    await retention.removeDeleted(running);
    expect(files()).toEqual([file]);
    expect(await inRows([file, thumb])).toEqual([]);
  });

  it('go although the files of some cannot be removed; those are tried again', async () => {
    const [stuck, ...others] = [await pair(33), await pair(32), await pair(31)];
    storage.trouble.set(stuck[0], 'EBUSY');
    const log = heard();
    await retention.removeDeleted(running);
    expect(files()).toEqual([stuck[0]]);
    expect(await inRows([...stuck, ...others.flat()])).toEqual([...stuck].sort());
    expect(log).toEqual([
      '2 images that were deleted more than 30 days ago were removed',
      'files were not removed, and are tried again the next time: 1 IMAGE_STORE_UNAVAILABLE',
    ]);
    storage.trouble.clear();
    await retention.removeDeleted(running);
    expect(files()).toEqual([]);
    expect(await inRows(stuck)).toEqual([]);
  });

  it('go as far as the rights on the disk allow', async () => {
    const all = [await pair(31), await pair(31), await pair(31)].flat();
    execFileSync('chmod', ['-R', '777', folder()]);
    const [stuck = ''] = all;
    chmodSync(join(folder(), stuck.slice(0, 2)), 0o555);
    const inThere = all.filter((key) => key.startsWith(stuck.slice(0, 2)));
    const log = heard();
    await asNobody(() => retention.removeDeleted(running));
    expect(files().sort()).toEqual(inThere.sort());
    expect(log.join()).toContain('IMAGE_STORE_FORBIDDEN');
    expect(log.join()).not.toContain(folder());
  });

  it('stay when the disk does not answer: one wait is enough', async () => {
    const all = [await pair(32), await pair(31)].flat();
    for (const key of all) storage.trouble.set(key, 'ETIMEDOUT');
    heard();
    await expect(retention.removeDeleted(running)).rejects.toMatchObject({ reason: 'ETIMEDOUT' });
    expect(storage.asked).toBe(1);
    expect(await inRows(all)).toHaveLength(4);
  });

  it('stay when it is told to stop, and what has gone by then is gone for good', async () => {
    const [first, second] = [await pair(32), await pair(31)];
    const stop = new AbortController();
    storage.beforeDelete = () => storage.asked === 2 && stop.abort();
    await retention.removeDeleted(stop.signal);
    expect(files().sort()).toEqual([...second].sort());
    expect(await inRows([...first, ...second])).toEqual([...second].sort());
  });

  it('of a run that was killed are found by the next one, wherever it was killed', async () => {
    const all = [...(await pair(33)), ...(await pair(32))];
    for (const stopAt of [2, 4]) {
      const remover = await StorageProcess.remove(folder(), database.url, stopAt);
      await remover.kill();
      expect(await inRows(all)).toHaveLength(4);
    }
    expect(files()).toHaveLength(1);
    await retention.removeDeleted(running);
    expect(files()).toEqual([]);
    expect(await inRows(all)).toEqual([]);
  });

  it('removed by two processes at once are gone once, and nothing is said to have failed', async () => {
    const second = await retentionApp(database.url, new LocalImageStorage({ directory: folder() }));
    for (let n = 0; n < 12; n += 1) await pair(31);
    const kept = await pair(undefined);
    const log = heard();
    await Promise.all([retention, second.retention, retention].map((one) => one.removeDeleted(running)));
    await second.module.close();
    await retention.removeDeleted(running);
    expect(files().sort()).toEqual([...kept].sort());
    const counts = log.map((line) => Number(/^(\d+) images/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count)).toBe(12);
  });
});

describe('what is being written', () => {
  it('stays', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('the beginning of a picture');
    const put = storage.put(source, { type: 'png' });
    await pollUntil(() => unfinishedIn(folder()).length === 1);
    await retention.removeDeleted(running);
    await retention.removeOrphans(running);
    source.push(null);
    const { key } = await put;
    expect(files()).toEqual([key]);
  });

  it('by a process that was killed goes after a quarter of an hour', async () => {
    const storage = await laterStorage();
    const later = await retentionApp(database.url, storage);
    writeFileSync(join(folder(), 'unfinished', 'left.part'), '');
    const log = heard();
    await later.retention.removeDeleted(running);
    await later.module.close();
    expect(unfinishedIn(folder())).toEqual([]);
    expect(log).toEqual(['1 files that were never finished were removed']);
  });
});

describe('files that no image has', () => {
  it('go after an hour; those of images stay, of deleted ones too', async () => {
    const kept = [...(await pair(undefined)), ...(await pair(1)), await old.file(0.9)].sort();
    const gone = [await old.file(1.1), await old.file(2_000)];
    const log = heard();
    await retention.removeOrphans(running);
    expect(files().sort()).toEqual(kept);
    expect(log).toEqual(['2 files that no image has were removed']);
    await retention.removeOrphans(running);
    expect(files().sort()).toEqual(kept);
    expect(gone).toHaveLength(2);
  });

  it('that are painted again while it looks stay', async () => {
    const content = Buffer.from('painted once more');
    const key = await old.file(2, content);
    storage.beforeDelete = () => storage.put(Readable.from([content]), { type: 'png' });
    await retention.removeOrphans(running);
    expect(files()).toEqual([key]);
  });

  it('go although some cannot be removed and a part cannot be read', async () => {
    const [stuck, free] = [await old.file(2), await old.file(2)];
    storage.trouble.set(stuck, 'EBUSY');
    const unread = readdirSync(folder()).find(
      (shard) => shard.length === 2 && !stuck.startsWith(shard) && !free.startsWith(shard),
    );
    rmdirSync(join(folder(), unread ?? ''));
    const log = heard();
    await expect(retention.removeOrphans(running)).rejects.toMatchObject({ code: 'IMAGE_STORE_MISSING' });
    expect(files()).toEqual([stuck]);
    expect(log.join()).toMatch(/folder of the images is not there.*1 IMAGE_STORE_UNAVAILABLE/);
  });

  it('none goes where most are: the database is not theirs', async () => {
    for (let n = 0; n < 21; n += 1) await old.file(2);
    const few = [await pair(undefined), await pair(undefined)];
    const log = heard();
    await expect(retention.removeOrphans(running)).rejects.toThrow('belong together');
    expect(files()).toHaveLength(21 + few.flat().length);
    expect(log.join()).toContain('Of 25 files 21 are of no image');
  });

  it('go however much is being painted just now: that does not count', async () => {
    const kept = [...(await pair(undefined)), ...(await pair(undefined))];
    for (let n = 0; n < 30; n += 1) kept.push(await old.file(0));
    await old.file(2);
    await retention.removeOrphans(running);
    expect(files().sort()).toEqual(kept.sort());
  });

  it('are looked for 1,000 at a time, in all of the storage', async () => {
    for (let n = 0; n < 15; n += 1) await old.file(2);
    const key = (n: number) => createHash('sha256').update(`${n}`).digest('hex');
    const time = Date.now() / 1_000 - 7_200;
    for (let n = 0; n < 2_300; n += 1) {
      const path = join(folder(), key(n).slice(0, 2), `${key(n)}.png`);
      writeFileSync(path, '');
      utimesSync(path, time, time);
    }
    await old.imagesOf(Array.from({ length: 2_300 }, (_, n) => `${key(n)}.png`));
    const asked = jest.spyOn(ImageFileRepository.prototype, 'knownFileKeys');
    await retention.removeOrphans(running);
    expect(asked.mock.calls.map(([keys]) => keys.length)).toEqual([1_000, 1_000, 315]);
    expect(files()).toHaveLength(2_300);
  });

  it('stay when it is told to stop', async () => {
    await old.file(2);
    await retention.removeOrphans(AbortSignal.abort());
    expect(files()).toHaveLength(1);
  });
});

describe('outside the storage nothing is touched', () => {
  it('through a link under a key', async () => {
    const outside = join(folder(), 'outside');
    const [file, thumb] = [await old.file(2_000), await old.file(2_000)];
    await old.image(31, file, thumb);
    writeFileSync(outside, 'not ours');
    const place = join(folder(), file.slice(0, 2), file);
    unlinkSync(place);
    symlinkSync(outside, place);
    old.age(file, 2_000);
    await retention.removeDeleted(running);
    await retention.removeOrphans(running);
    expect(readFileSync(outside, 'utf8')).toBe('not ours');
  });

  it.each(['7f', 'unfinished'])('through a link that took the place of the folder %s', async (name) => {
    const storage = await laterStorage();
    const app = await retentionApp(database.url, storage);
    const file = `7f${'0'.repeat(62)}.png`;
    writeFileSync(join(folder(), '7f', file), 'ours once');
    old.age(file, 2_000);
    await old.image(31, file, await old.file(2_000));
    const orphan = await old.file(2);
    const outside = join(folder(), 'elsewhere');
    renameSync(join(folder(), name), outside);
    symlinkSync(outside, join(folder(), name));
    writeFileSync(join(outside, 'other.part'), 'not ours');
    const before = readdirSync(outside);
    const log = heard();
    await app.retention.removeDeleted(running).catch(() => undefined);
    await app.retention.removeOrphans(running).catch(() => undefined);
    await app.module.close();
    expect(readdirSync(outside)).toEqual(before);
    expect(files()).not.toContain(orphan);
    expect(log.join()).toContain(`"${name}" is no folder of its own`);
  });
});

it('is two tasks of the leader', async () => {
  const redis = await provideRedis();
  const app = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: redis.url, keyPrefix: `test-${randomUUID()}:` }),
      LeaderScheduleModule.forRoot(),
      DatabaseModule.forRoot({ url: database.url }),
    ],
    providers: [ImageRetention, { provide: ImageStorage, useValue: storage }],
  }).compile();
  app.useLogger(false);
  await app.init();
  const names = app.get(RedisLeaderElectionService).elections.map(({ name }) => name);
  await app.close();
  await redis.stop();
  expect(names).toEqual(expect.arrayContaining(['cron:image-retention', 'cron:image-orphans']));
});
