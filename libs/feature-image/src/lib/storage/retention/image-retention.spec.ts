import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Test } from '@nestjs/testing';
import { DatabaseModule } from '@sluice/data-access-database';
import { RedisLeaderElectionService, RedisModule } from '@sluice/data-access-redis';
import { LeaderScheduleModule } from '@sluice/data-access-redis/schedule';
import { executeSql, provideRedis } from '@sluice/testing-servers';
import { asNobody } from '../../../testing/as-nobody';
import { pollUntil } from '../../../testing/poll-until';
import { heard, retentionApp } from '../../../testing/retention-app';
import { useRetention } from '../../../testing/retention-suite';
import { StorageProcess } from '../../../testing/storage-process';
import { unfinishedIn } from '../../../testing/stored-files';
import { ImageStorage } from '../image-storage';
import { LEFT_AFTER_MS } from '../local/leftovers';
import { LocalImageStorage } from '../local/local-image-storage';
import { ImageRetention } from './image-retention';

const suite = useRetention();
const running = new AbortController().signal;

/** One whose clock is a little further on. */
async function laterStorage(): Promise<LocalImageStorage> {
  const later = new LocalImageStorage({ directory: suite.folder }, () => Date.now() + LEFT_AFTER_MS + 1_000);
  await later.removeUnfinished();
  return later;
}

describe('deleted images', () => {
  it('go 30 days later, their files and their rows, and no other', async () => {
    const gone = [...(await suite.pair(31)), ...(await suite.pair(30.1))];
    const kept = [...(await suite.pair(29.9)), ...(await suite.pair(undefined))].sort();
    const log = heard();
    await suite.retention.removeDeleted(running);
    expect(suite.files().sort()).toEqual(kept);
    expect(await suite.inRows([...gone, ...kept])).toEqual(kept);
    expect(log).toEqual(['2 images that were deleted more than 30 days ago were removed']);
    await suite.retention.removeDeleted(running);
    expect(suite.files().sort()).toEqual(kept);
    expect(log).toHaveLength(1);
  });

  it('keep a file that another image has, until the last of them goes', async () => {
    const [file, thumb, other] = [
      await suite.old.file(2_000),
      await suite.old.file(2_000),
      await suite.old.file(2_000),
    ];
    await suite.old.image(31, file, thumb);
    const last = await suite.old.image(undefined, file, other);
    await suite.retention.removeDeleted(running);
    expect(suite.files().sort()).toEqual([file, other].sort());
    await executeSql(
      suite.database.url,
      `update images set deleted_at = now() - interval '31 days' where id = '${last}'`,
    );
    await suite.retention.removeDeleted(running);
    expect(suite.files()).toEqual([]);
  });

  it('leave a file that was painted again just now: its row is about to be written', async () => {
    const content = Buffer.from('the same picture');
    const [file, thumb] = [await suite.old.file(2_000, content), await suite.old.file(2_000)];
    await suite.old.image(31, file, thumb);
    await suite.storage.put(Readable.from([content]), { type: 'png' });
    await suite.retention.removeDeleted(running);
    expect(suite.files()).toEqual([file]);
    expect(await suite.inRows([file, thumb])).toEqual([]);
  });

  it('go although the files of some cannot be removed; those are tried again', async () => {
    const [stuck, ...others] = [await suite.pair(33), await suite.pair(32), await suite.pair(31)];
    suite.storage.trouble.set(stuck[0], 'EBUSY');
    const log = heard();
    await suite.retention.removeDeleted(running);
    expect(suite.files()).toEqual([stuck[0]]);
    expect(await suite.inRows([...stuck, ...others.flat()])).toEqual([...stuck].sort());
    expect(log).toEqual([
      '2 images that were deleted more than 30 days ago were removed',
      'files were not removed, and are tried again the next time: 1 IMAGE_STORE_UNAVAILABLE',
    ]);
    suite.storage.trouble.clear();
    await suite.retention.removeDeleted(running);
    expect(suite.files()).toEqual([]);
    expect(await suite.inRows(stuck)).toEqual([]);
  });

  it('go as far as the rights on the disk allow', async () => {
    const all = [await suite.pair(31), await suite.pair(31), await suite.pair(31)].flat();
    execFileSync('chmod', ['-R', '777', suite.folder]);
    const [stuck = ''] = all;
    chmodSync(join(suite.folder, stuck.slice(0, 2)), 0o555);
    const inThere = all.filter((key) => key.startsWith(stuck.slice(0, 2)));
    const log = heard();
    await asNobody(() => suite.retention.removeDeleted(running));
    expect(suite.files().sort()).toEqual(inThere.sort());
    expect(log.join()).toContain('IMAGE_STORE_FORBIDDEN');
    expect(log.join()).not.toContain(suite.folder);
  });

  it('stay when the disk does not answer: one wait is enough', async () => {
    const all = [await suite.pair(32), await suite.pair(31)].flat();
    for (const key of all) suite.storage.trouble.set(key, 'ETIMEDOUT');
    heard();
    await expect(suite.retention.removeDeleted(running)).rejects.toMatchObject({ reason: 'ETIMEDOUT' });
    expect(suite.storage.asked).toBe(1);
    expect(await suite.inRows(all)).toHaveLength(4);
  });

  it('stay when it is told to stop, and what has gone by then is gone for good', async () => {
    const [first, second] = [await suite.pair(32), await suite.pair(31)];
    const stop = new AbortController();
    suite.storage.beforeDelete = () => suite.storage.asked === 2 && stop.abort();
    await suite.retention.removeDeleted(stop.signal);
    expect(suite.files().sort()).toEqual([...second].sort());
    expect(await suite.inRows([...first, ...second])).toEqual([...second].sort());
  });

  it('of a run that was killed are found by the next one, wherever it was killed', async () => {
    const all = [...(await suite.pair(33)), ...(await suite.pair(32))];
    for (const stopAt of [2, 4]) {
      const remover = await StorageProcess.remove(suite.folder, suite.database.url, stopAt);
      await remover.kill();
      expect(await suite.inRows(all)).toHaveLength(4);
    }
    expect(suite.files()).toHaveLength(1);
    await suite.retention.removeDeleted(running);
    expect(suite.files()).toEqual([]);
    expect(await suite.inRows(all)).toEqual([]);
  });

  it('removed by two processes at once are gone once, and nothing is said to have failed', async () => {
    const second = await retentionApp(suite.database.url, new LocalImageStorage({ directory: suite.folder }));
    for (let n = 0; n < 12; n += 1) await suite.pair(31);
    const kept = await suite.pair(undefined);
    const log = heard();
    await Promise.all(
      [suite.retention, second.retention, suite.retention].map((one) => one.removeDeleted(running)),
    );
    await second.module.close();
    await suite.retention.removeDeleted(running);
    expect(suite.files().sort()).toEqual([...kept].sort());
    const counts = log.map((line) => Number(/^(\d+) images/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count)).toBe(12);
  });
});

describe('what is being written', () => {
  it('stays', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('the beginning of a picture');
    const put = suite.storage.put(source, { type: 'png' });
    await pollUntil(() => unfinishedIn(suite.folder).length === 1);
    await suite.retention.removeDeleted(running);
    await suite.retention.removeOrphans(running);
    source.push(null);
    const { key } = await put;
    expect(suite.files()).toEqual([key]);
  });

  it('by a process that was killed goes after a quarter of an hour', async () => {
    const storage = await laterStorage();
    const later = await retentionApp(suite.database.url, storage);
    writeFileSync(join(suite.folder, 'unfinished', 'left.part'), '');
    const log = heard();
    await later.retention.removeDeleted(running);
    await later.module.close();
    expect(unfinishedIn(suite.folder)).toEqual([]);
    expect(log).toEqual(['1 files that were never finished were removed']);
  });
});

describe('outside the storage nothing is touched', () => {
  it('through a link under a key', async () => {
    const outside = join(suite.folder, 'outside');
    const [file, thumb] = [await suite.old.file(2_000), await suite.old.file(2_000)];
    await suite.old.image(31, file, thumb);
    writeFileSync(outside, 'not ours');
    const place = join(suite.folder, file.slice(0, 2), file);
    unlinkSync(place);
    symlinkSync(outside, place);
    suite.old.age(file, 2_000);
    await suite.retention.removeDeleted(running);
    await suite.retention.removeOrphans(running);
    expect(readFileSync(outside, 'utf8')).toBe('not ours');
  });

  it.each(['7f', 'unfinished'])('through a link that took the place of the folder %s', async (name) => {
    const storage = await laterStorage();
    const app = await retentionApp(suite.database.url, storage);
    const file = `7f${'0'.repeat(62)}.png`;
    writeFileSync(join(suite.folder, '7f', file), 'ours once');
    suite.old.age(file, 2_000);
    await suite.old.image(31, file, await suite.old.file(2_000));
    const orphan = await suite.old.file(2);
    const outside = join(suite.folder, 'elsewhere');
    renameSync(join(suite.folder, name), outside);
    symlinkSync(outside, join(suite.folder, name));
    writeFileSync(join(outside, 'other.part'), 'not ours');
    const before = readdirSync(outside);
    const log = heard();
    await app.retention.removeDeleted(running).catch(() => undefined);
    await app.retention.removeOrphans(running).catch(() => undefined);
    await app.module.close();
    expect(readdirSync(outside)).toEqual(before);
    expect(suite.files()).not.toContain(orphan);
    expect(log.join()).toContain(`"${name}" is no folder of its own`);
  });
});

it('is two tasks of the leader', async () => {
  const redis = await provideRedis();
  const app = await Test.createTestingModule({
    imports: [
      RedisModule.forRoot({ url: redis.url, keyPrefix: `test-${randomUUID()}:` }),
      LeaderScheduleModule.forRoot(),
      DatabaseModule.forRoot({ url: suite.database.url }),
    ],
    providers: [ImageRetention, { provide: ImageStorage, useValue: suite.storage }],
  }).compile();
  app.useLogger(false);
  await app.init();
  const names = app.get(RedisLeaderElectionService).elections.map(({ name }) => name);
  await app.close();
  await redis.stop();
  expect(names).toEqual(expect.arrayContaining(['cron:image-retention', 'cron:image-orphans']));
});
