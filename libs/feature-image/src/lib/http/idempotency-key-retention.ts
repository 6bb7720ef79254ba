import { Injectable, Logger } from '@nestjs/common';
import { IdempotencyKeyRepository } from '@sluice/data-access-database';
import { LeaderCron } from '@sluice/data-access-redis/schedule';

/** Forgets idempotency keys 30 days after they expired. It is here because nobody else uses keys. */
@Injectable()
export class IdempotencyKeyRetention {
  private readonly logger = new Logger(IdempotencyKeyRetention.name);

  constructor(private readonly keys: IdempotencyKeyRepository) {}

  /** Hourly, so that it is a little each time, and an hour that is left out makes no difference. */
  @LeaderCron('idempotency-key-retention', '47 * * * *')
  async removeExpired(signal: AbortSignal): Promise<void> {
    const removed = await this.keys.deleteExpired({ signal });
    if (removed > 0)
      this.logger.log(`${removed} idempotency keys that expired more than 30 days ago were removed`);
  }
}
