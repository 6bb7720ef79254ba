import { Inject, Injectable, Logger } from '@nestjs/common';
import { ImageFileRepository } from '@sluice/data-access-database';
import { LeaderCron } from '@sluice/data-access-redis/schedule';
import { ImageStorage } from '../image-storage';
import { FileRemoval } from './file-removal';
import { removeDeleted } from './remove-deleted';
import { removeOrphans } from './remove-orphans';

/**
 * Removes images 30 days after they were deleted, and files that no image has. Both can be stopped or killed at any
 * moment and run twice at once: what is gone is gone, and the rest is found the next time.
 */
@Injectable()
export class ImageRetention {
  private readonly logger = new Logger(ImageRetention.name);
  @Inject() private readonly rows!: ImageFileRepository;
  @Inject() private readonly storage!: ImageStorage;

  /** Hourly, so that it is a little each time, and an hour that is left out makes no difference. */
  @LeaderCron('image-retention', '7 * * * *')
  removeDeleted(signal: AbortSignal): Promise<void> {
    return this.#run(signal, async (removal) => {
      const removed = await removeDeleted(this.rows, removal);
      this.#tell(removed, 'images that were deleted more than 30 days ago');
      if (!signal.aborted)
        this.#tell(await this.storage.removeUnfinished(), 'files that were never finished');
    });
  }

  /** Daily: it reads the name of every file. */
  @LeaderCron('image-orphans', '37 3 * * *')
  removeOrphans(signal: AbortSignal): Promise<void> {
    return this.#run(signal, async (removal) => {
      this.#tell(await removeOrphans(this.rows, this.storage, removal), 'files that no image has');
    });
  }

  async #run(signal: AbortSignal, work: (removal: FileRemoval) => Promise<void>): Promise<void> {
    const removal = new FileRemoval(this.storage, signal);
    try {
      await work(removal);
    } catch (error) {
      // Those of the storage and of the database hold nothing secret.
      this.logger.error(error instanceof Error ? error.message : 'unknown error');
      throw error;
    } finally {
      const failures = [...removal.failures].map(([code, count]) => `${count} ${code}`);
      if (failures.length > 0)
        this.logger.warn(`files were not removed, and are tried again the next time: ${failures.join(', ')}`);
    }
  }

  #tell(removed: number, what: string): void {
    if (removed > 0) this.logger.log(`${removed} ${what} were removed`);
  }
}
