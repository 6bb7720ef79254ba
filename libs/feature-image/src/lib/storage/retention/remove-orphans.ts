import type { ImageFileRepository } from '@sluice/data-access-database';
import type { ImageStorage } from '../image-storage';
import type { StorageKey } from '../storage-key';
import type { FileRemoval } from './file-removal';

const BATCH_FILES = 1_000;
/** So many may be all there is without anything being strange. */
const A_HANDFUL = 20;

/**
 * Files that no image has: of jobs that were killed between the file and the row.
 *
 * @returns how many went
 * @throws Error when most files are orphans: then it is the database that is not theirs
 */
export async function removeOrphans(
  rows: ImageFileRepository,
  storage: ImageStorage,
  removal: FileRemoval,
): Promise<number> {
  let removed = 0;
  for await (const batch of oldFiles(storage, removal)) {
    const known = await rows.knownFileKeys(batch);
    const orphans = batch.filter((key) => !known.has(key));
    // Keys are hashes, so each batch is a fair sample of the whole storage.
    if (orphans.length > A_HANDFUL && orphans.length > batch.length / 2) throw notTheirs(orphans, batch);
    for (const key of orphans) {
      if (removal.signal.aborted) return removed;
      if ((await removal.remove(key)) === 'gone') removed += 1;
    }
  }
  return removed;
}

/** What is put meanwhile is left out. When a part cannot be read, the rest comes before that is told. */
async function* oldFiles(
  storage: ImageStorage,
  { putBefore, signal }: FileRemoval,
): AsyncGenerator<StorageKey[]> {
  let batch: StorageKey[] = [];
  let failure: unknown;
  try {
    for await (const { key, putAt } of storage.list()) {
      if (signal.aborted) return;
      if (putAt >= putBefore) continue;
      batch.push(key);
      if (batch.length < BATCH_FILES) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    failure = error;
  }
  if (batch.length > 0) yield batch;
  if (failure !== undefined) throw failure;
}

function notTheirs(orphans: readonly StorageKey[], batch: readonly StorageKey[]): Error {
  return new Error(
    `Of ${batch.length} files ${orphans.length} are of no image in this database. See that DATABASE_URL and ` +
      'IMAGES_DIR belong together; if they do, remove the folder’s files that are of no use by hand. Until then none goes.',
  );
}
