import { createHash } from 'node:crypto';
import { readdirSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ImageFileRepository } from '@sluice/data-access-database';
import { heard } from '../../../testing/retention-app';
import { useRetention } from '../../../testing/retention-suite';

const suite = useRetention();
const running = new AbortController().signal;

describe('files that no image has', () => {
  it('go after an hour; those of images stay, of deleted ones too', async () => {
    const kept = [
      ...(await suite.pair(undefined)),
      ...(await suite.pair(1)),
      await suite.old.file(0.9),
    ].sort();
    const gone = [await suite.old.file(1.1), await suite.old.file(2_000)];
    const log = heard();
    await suite.retention.removeOrphans(running);
    expect(suite.files().sort()).toEqual(kept);
    expect(log).toEqual(['2 files that no image has were removed']);
    await suite.retention.removeOrphans(running);
    expect(suite.files().sort()).toEqual(kept);
    expect(gone).toHaveLength(2);
  });

  it('that are painted again while it looks stay', async () => {
    const content = Buffer.from('painted once more');
    const key = await suite.old.file(2, content);
    suite.storage.beforeDelete = () => suite.storage.put(Readable.from([content]), { type: 'png' });
    await suite.retention.removeOrphans(running);
    expect(suite.files()).toEqual([key]);
  });

  it('go although some cannot be removed and a part cannot be read', async () => {
    const [stuck, free] = [await suite.old.file(2), await suite.old.file(2)];
    suite.storage.trouble.set(stuck, 'EBUSY');
    const unread = readdirSync(suite.folder).find(
      (shard) => shard.length === 2 && !stuck.startsWith(shard) && !free.startsWith(shard),
    );
    rmdirSync(join(suite.folder, unread ?? ''));
    const log = heard();
    await expect(suite.retention.removeOrphans(running)).rejects.toMatchObject({
      code: 'IMAGE_STORE_MISSING',
    });
    expect(suite.files()).toEqual([stuck]);
    expect(log.join()).toMatch(/folder of the images is not there.*1 IMAGE_STORE_UNAVAILABLE/);
  });

  it('none goes where most are: the database is not theirs', async () => {
    for (let n = 0; n < 21; n += 1) await suite.old.file(2);
    const few = [await suite.pair(undefined), await suite.pair(undefined)];
    const log = heard();
    await expect(suite.retention.removeOrphans(running)).rejects.toThrow('belong together');
    expect(suite.files()).toHaveLength(21 + few.flat().length);
    expect(log.join()).toContain('Of 25 files 21 are of no image');
  });

  it('go however much is being painted just now: that does not count', async () => {
    const kept = [...(await suite.pair(undefined)), ...(await suite.pair(undefined))];
    for (let n = 0; n < 30; n += 1) kept.push(await suite.old.file(0));
    await suite.old.file(2);
    await suite.retention.removeOrphans(running);
    expect(suite.files().sort()).toEqual(kept.sort());
  });

  it('are looked for 1,000 at a time, in all of the storage', async () => {
    for (let n = 0; n < 15; n += 1) await suite.old.file(2);
    const key = (n: number) => createHash('sha256').update(`${n}`).digest('hex');
    const time = Date.now() / 1_000 - 7_200;
    for (let n = 0; n < 2_300; n += 1) {
      const path = join(suite.folder, key(n).slice(0, 2), `${key(n)}.png`);
      writeFileSync(path, '');
      utimesSync(path, time, time);
    }
    await suite.old.imagesOf(Array.from({ length: 2_300 }, (_, n) => `${key(n)}.png`));
    const asked = jest.spyOn(ImageFileRepository.prototype, 'knownFileKeys');
    await suite.retention.removeOrphans(running);
    expect(asked.mock.calls.map(([keys]) => keys.length)).toEqual([1_000, 1_000, 315]);
    expect(suite.files()).toHaveLength(2_300);
  });

  it('stay when it is told to stop', async () => {
    await suite.old.file(2);
    await suite.retention.removeOrphans(AbortSignal.abort());
    expect(suite.files()).toHaveLength(1);
  });
});
