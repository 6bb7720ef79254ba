import { link, lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isStorageKey } from '../storage-key';
import { onDisk, unlessMissing, unlessThere } from './disk-error';
import type { ImageFolder } from './image-folder';

/**
 * A put writes all the time and is over after ten minutes at most, so what has not changed for a quarter of an hour
 * belongs to a process that is gone. Asking for the process itself would not do: it may have run on another machine.
 */
export const LEFT_AFTER_MS = 15 * 60_000;

const SET_ASIDE = /^([^.]+\.[^.]+)\.[0-9a-f-]{36}\.aside$/;

/**
 * Removes what killed processes left.
 *
 * @param now the time, in ms
 * @returns how many files there were
 */
export function removeLeftovers(folder: ImageFolder, now: number): Promise<number> {
  return onDisk(async () => {
    let removed = 0;
    await folder.checkOwn(folder.unfinished);
    for (const name of await readdir(folder.unfinished)) {
      const path = join(folder.unfinished, name);
      const found = await lstat(path).catch(unlessMissing);
      if (!found?.isFile() || now - found.ctimeMs < LEFT_AFTER_MS) continue;
      await putBack(folder, name);
      await unlink(path).catch(unlessMissing);
      removed += 1;
    }
    return removed;
  });
}

/** A deletion that did not end may have set aside what somebody stored: back to its place, to be judged again. */
async function putBack(folder: ImageFolder, name: string): Promise<void> {
  const key = SET_ASIDE.exec(name)?.[1];
  if (key === undefined || !isStorageKey(key)) return;
  await link(join(folder.unfinished, name), folder.pathOf(key)).catch(unlessThere);
}
