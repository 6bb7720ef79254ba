import type { DeletedImage, ImageFileRepository } from '@sluice/data-access-database';
import type { FileRemoval } from './file-removal';

/**
 * Files first, then their rows: who is killed in between finds the rows again, and their files gone.
 *
 * @returns how many rows went
 */
export async function removeDeleted(rows: ImageFileRepository, removal: FileRemoval): Promise<number> {
  let removed = 0;
  let after: DeletedImage | undefined;
  while (!removal.signal.aborted) {
    const batch = await rows.listDeleted(after && { after });
    if (batch.length === 0) break;
    const gone: string[] = [];
    for (const { id, fileKeys } of batch) {
      if (removal.signal.aborted) break;
      if (await areGone(fileKeys, removal)) gone.push(id);
    }
    removed += await rows.forgetDeleted(gone);
    after = batch.at(-1);
  }
  return removed;
}

async function areGone(keys: readonly string[], removal: FileRemoval): Promise<boolean> {
  let all = true;
  for (const key of keys) all = (await removal.remove(key)) !== 'failed' && all;
  return all;
}
