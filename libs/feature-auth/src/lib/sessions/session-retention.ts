import { Injectable, Logger } from '@nestjs/common';
import { SessionRepository } from '@sluice/data-access-database';
import { LeaderCron } from '@sluice/data-access-redis/schedule';

/** Forgets sessions 30 days after they ended; for so long they are on record. */
@Injectable()
export class SessionRetention {
  private readonly logger = new Logger(SessionRetention.name);

  constructor(private readonly sessions: SessionRepository) {}

  /** Hourly, so that it is a little each time, and an hour that is left out makes no difference. */
  @LeaderCron('session-retention', '17 * * * *')
  async removeEnded(signal: AbortSignal): Promise<void> {
    const removed = await this.sessions.deleteExpired({ signal });
    if (removed > 0) this.logger.log(`${removed} sessions that ended more than 30 days ago were removed`);
  }
}
