import { ImageFileError } from '../image-file.errors';
import type { ImageStorage } from '../image-storage';
import { isSilence } from '../local/disk-error';
import type { StorageKey } from '../storage-key';

/**
 * What was put later than this before the run is left alone, whatever the database says: the job that put it may write
 * its row in a moment. A job does that within seconds; an hour is also more than clocks differ.
 */
export const MAY_BE_IN_USE_MS = 60 * 60_000;

/** Removes files in one run. A file that cannot be removed does not keep others from it. */
export class FileRemoval {
  /** How often which code came. */
  readonly failures: ReadonlyMap<string, number>;
  /** From before the database is first asked who needs which file. */
  readonly putBefore = new Date(Date.now() - MAY_BE_IN_USE_MS);
  readonly #failures = new Map<string, number>();

  constructor(
    private readonly storage: ImageStorage,
    readonly signal: AbortSignal,
  ) {
    this.failures = this.#failures;
  }

  /**
   * @returns `kept`: it is so new that it may be another image's
   * @throws ImageFileError when the disk does not answer at all: each further file would take as long
   */
  async remove(key: StorageKey): Promise<'gone' | 'kept' | 'failed'> {
    try {
      return await this.storage.delete(key, { putBefore: this.putBefore });
    } catch (error) {
      if (!(error instanceof ImageFileError) || isSilence(error)) throw error;
      this.#failures.set(error.code, (this.#failures.get(error.code) ?? 0) + 1);
      return 'failed';
    }
  }
}
