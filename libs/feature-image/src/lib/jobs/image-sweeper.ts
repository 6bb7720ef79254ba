import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ImageJobRepository } from '@sluice/data-access-database';
import { RedisLeaderElectionService } from '@sluice/data-access-redis';
import { JobChannel } from './job-channel';

const ELECTION = 'image-sweeper';
const SWEEP_EVERY_MS = 2_000;
/** A leader who died keeps orphans waiting for as long as his lease lasts: shorter than the usual one. */
const ELECTION_TIMES = { leaseDuration: 6_000, renewDeadline: 4_000, retryPeriod: 1_000 };

/** Where the elected leader takes jobs from processes that say nothing any more, so that others can take them over. */
@Injectable()
export class ImageSweeper implements OnApplicationBootstrap {
  readonly #logger = new Logger('Images:sweeper');

  constructor(
    private readonly elections: RedisLeaderElectionService,
    private readonly jobs: ImageJobRepository,
    private readonly channel: JobChannel,
  ) {}

  onApplicationBootstrap(): void {
    this.elections.join(ELECTION, {
      ...ELECTION_TIMES,
      onStartedLeading: (signal) => this.#sweepUntil(signal),
    });
  }

  async #sweepUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const orphans = await this.jobs.orphanExpired();
        if (orphans.length > 0) {
          this.#logger.warn(`${orphans.length} images were in hands that say nothing any more`);
          await this.channel.callForWork();
        }
      } catch (error) {
        const code = (error as { code?: unknown } | null)?.code;
        this.#logger.warn(`not swept: ${typeof code === 'string' ? code : 'unknown error'}`);
      }
      await pause(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
