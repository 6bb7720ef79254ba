import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../connection/database';
import { BATCH_ROWS } from '../retention/retention';
import { forgetDeleted, listDeleted } from './deleted-images';
import type { DeletedImage, DeletedImagesRequest } from './image-file';
import { usedKeys } from './used-keys';

/**
 * Which files images use, and which may go. Deleted images go in two steps, so that no file is left behind when
 * something fails between them: first their files, from the storage, then their rows. Both are safe to repeat. Every
 * method rejects with `DatabaseError`.
 *
 * @example
 * ```ts
 * let batch = await files.listDeleted();
 * while (batch.length > 0) {
 *   for (const key of batch.flatMap(({ fileKeys }) => fileKeys)) await storage.delete(key, { putBefore });
 *   await files.forgetDeleted(batch.map(({ id }) => id));
 *   batch = await files.listDeleted({ after: batch.at(-1) });
 * }
 * ```
 */
@Injectable()
export class ImageFileRepository {
  @Inject() private readonly database!: Database;

  /** Those that were deleted first, 1,000 at most. One whose job has not ended yet is left for later. */
  listDeleted(request: DeletedImagesRequest = {}): Promise<DeletedImage[]> {
    return this.database.read((queries) => listDeleted(queries, request));
  }

  /**
   * Deletes the rows of images whose files are gone, 1,000 a statement. Whatever ids it is given, only images go that
   * were deleted more than 30 days ago; one that somebody is just changing is passed over.
   *
   * @returns how many went
   */
  async forgetDeleted(
    ids: readonly string[],
    { asOf }: Pick<DeletedImagesRequest, 'asOf'> = {},
  ): Promise<number> {
    let gone = 0;
    for (let start = 0; start < ids.length; start += BATCH_ROWS) {
      const batch = ids.slice(start, start + BATCH_ROWS);
      gone += await this.database.write((queries) => forgetDeleted(queries, batch, asOf));
    }
    return gone;
  }

  /**
   * Those of the keys that an image uses, a deleted one included. The file of another key is an orphan, unless it is so
   * young that its job may still be at it.
   */
  knownFileKeys(keys: readonly string[]): Promise<Set<string>> {
    return this.database.read((queries) => usedKeys(queries, keys));
  }
}
