import { randomUUID } from 'node:crypto';
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageKey } from '../storage-key';
import { unlessMissing, unlessThere } from './disk-error';
import type { ImageFolder } from './image-folder';

/**
 * Deletes a file that was put before a moment. Looking first and deleting then would lose a file that is put in
 * between, so it is set aside, looked at where no put can reach it, and put back if it is new.
 */
export async function deleteFile(
  folder: ImageFolder,
  key: StorageKey,
  putBefore: Date | undefined,
): Promise<'gone' | 'kept'> {
  const path = folder.pathOf(key);
  // Not there is only an answer while the place where it would be is, too.
  await folder.checkOwn(folder.folderOf(key));
  const found = await lstat(path).catch(unlessMissing);
  if (!found) return 'gone';
  if (!putBefore) {
    await unlink(path).catch(unlessMissing);
    return 'gone';
  }
  if (found.mtimeMs >= putBefore.getTime()) return 'kept';
  const aside = join(folder.unfinished, `${key}.${randomUUID()}.aside`);
  await rename(path, aside).catch(unlessMissing);
  const taken = await lstat(aside).catch(unlessMissing);
  const isNew = taken !== undefined && taken.mtimeMs >= putBefore.getTime();
  if (isNew) await link(aside, path).catch(unlessThere);
  await unlink(aside).catch(unlessMissing);
  return isNew ? 'kept' : 'gone';
}
