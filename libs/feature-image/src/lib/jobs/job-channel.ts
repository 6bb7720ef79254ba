import { Injectable } from '@nestjs/common';
import { RedisService, type RedisSubscription } from '@sluice/data-access-redis';

const CHANNEL = 'image-jobs';

export interface JobCalls {
  /** There may be something to do. */
  onWork: () => void;
  /** An owner does not want an image any more. */
  onCancel: (imageId: string) => void;
}

/** How processes call one another when there is work. Calls may be lost: whoever listens also looks by himself. */
@Injectable()
export class JobChannel {
  constructor(private readonly redis: RedisService) {}

  listen({ onWork, onCancel }: JobCalls): Promise<RedisSubscription> {
    return this.redis.subscribe(CHANNEL, (message) => {
      if (message.startsWith('cancel ')) onCancel(message.slice('cancel '.length));
      else onWork();
    });
  }

  /** Never rejects. */
  async callForWork(): Promise<void> {
    await this.redis.publish(CHANNEL, 'work').catch(() => undefined);
  }

  /** Never rejects. */
  async callOff(imageId: string): Promise<void> {
    await this.redis.publish(CHANNEL, `cancel ${imageId}`).catch(() => undefined);
  }
}
