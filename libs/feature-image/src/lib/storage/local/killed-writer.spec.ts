import { randomUUID } from 'node:crypto';
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../../../testing/poll-until';
import { useScratchFolder } from '../../../testing/scratch-folder';
import { StorageProcess } from '../../../testing/storage-process';
import { brokenIn, filesIn, unfinishedIn } from '../../../testing/stored-files';
import { LEFT_AFTER_MS } from './leftovers';
import { LocalImageStorage } from './local-image-storage';

const folder = useScratchFolder();
const later = () => Date.now() + LEFT_AFTER_MS + 1;

describe('a process that is killed while it writes', () => {
  it('in the middle of a file: nothing has its name, and the half of it goes', async () => {
    const directory = folder();
    const writer = StorageProcess.put('stall', directory);
    await pollUntil(() => sizeOfUnfinished(directory) === 2 ** 20);
    await writer.kill();

    expect(filesIn(directory)).toEqual([expect.stringMatching(/^unfinished\/[0-9a-f-]{36}\.part$/)]);
    const storage = new LocalImageStorage({ directory });
    expect(await storage.removeUnfinished()).toBe(0); // It may be another process's, which still writes.
    expect(unfinishedIn(directory)).toHaveLength(1);
    expect(await new LocalImageStorage({ directory }, later).get(`${'0'.repeat(64)}.png`)).toBeNull();
    expect(filesIn(directory)).toEqual([]);
  });

  it('at any moment: what has a name is whole', async () => {
    const directory = folder();
    for (let round = 0; round < 4; round++) {
      const before = filesIn(directory).length;
      const writer = StorageProcess.put('putOn', directory);
      await pollUntil(() => filesIn(directory).length > before + 3);
      await sleep(Math.random() * 30); // The moment is what is tested; no condition is waited for.
      await writer.kill();
      expect(brokenIn(directory)).toEqual([]);
    }
    await new LocalImageStorage({ directory }, later).removeUnfinished();
    expect(unfinishedIn(directory)).toEqual([]);
    expect(filesIn(directory).length).toBeGreaterThan(4);
  });

  it('while it deletes: what it had set aside is back under its name, to be judged again', async () => {
    const directory = folder();
    const storage = new LocalImageStorage({ directory }, later);
    const { key } = await storage.put(Readable.from([Buffer.from('content')]), { type: 'png' });
    const place = join(directory, key.slice(0, 2), key);
    renameSync(place, join(directory, 'unfinished', `${key}.${randomUUID()}.aside`));
    expect(await storage.removeUnfinished()).toBe(1);
    expect(filesIn(directory)).toEqual([`${key.slice(0, 2)}/${key}`]);
    // A name that only looks like one of ours leads nowhere.
    writeFileSync(join(directory, 'unfinished', `..png.${randomUUID()}.aside`), '');
    expect(await storage.removeUnfinished()).toBe(1);
    expect(filesIn(directory)).toHaveLength(1);
  });
});

function sizeOfUnfinished(directory: string): number {
  try {
    return statSync(join(directory, unfinishedIn(directory)[0] ?? '')).size;
  } catch {
    return 0; // Not there yet.
  }
}
