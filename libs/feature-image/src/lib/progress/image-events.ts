import { Injectable } from '@nestjs/common';
import { RedisService, type RedisSubscription } from '@sluice/data-access-redis';
import { progressIn, progressKey, progressText, tagsOfChanged } from '@sluice/util-images';

/** What is said of an image: it is otherwise in the database, or only that it has gone on. */
export type ImageEvent = { what: 'status' } | { what: 'progress'; progress: number };

const PROGRESS = 'progress ';
/** A picture is not painted in fewer steps than an eye follows. */
const PROGRESS_EVERY_MS = 250;
/** Longer than a picture takes between two steps. */
const PROGRESS_KEPT_MS = 600_000;

const channelOf = (imageId: string) => `image:${imageId}`;

/**
 * Tells all processes that something of an image has changed, so that any of them can serve anybody who watches it.
 * What has changed is read from where it lies; a message that is lost costs a watcher a moment.
 */
@Injectable()
export class ImageEvents {
  readonly #toldAt = new Map<string, number>();

  constructor(private readonly redis: RedisService) {}

  /**
   * Call it when the database has the change. What is cached of it goes first, so that who hears of the change does not
   * read what was before. Never rejects.
   */
  async changed(image: { id: string; ownerId: string }): Promise<void> {
    await this.redis.invalidateTags(tagsOfChanged(image)).catch(() => undefined);
    await this.redis.publish(channelOf(image.id), 'status').catch(() => undefined);
  }

  /** At most four times a second. Never throws, and nobody waits for it. */
  progressed(imageId: string, progress: number): void {
    const now = performance.now();
    if (now - (this.#toldAt.get(imageId) ?? -Infinity) < PROGRESS_EVERY_MS) return;
    this.#toldAt.set(imageId, now);
    const text = progressText(progress);
    void this.redis.set(progressKey(imageId), text, { ttl: PROGRESS_KEPT_MS }).catch(() => undefined);
    void this.redis.publish(channelOf(imageId), PROGRESS + text).catch(() => undefined);
  }

  /** It is being painted from its beginning: what was known of its progress is of another run. */
  begun(imageId: string): void {
    void this.redis.delete(progressKey(imageId)).catch(() => undefined);
  }

  /** This process has nothing more to say of its progress. */
  left(imageId: string): void {
    this.#toldAt.delete(imageId);
  }

  /** The last progress that anybody told; 0 when nobody did, and without Redis. Never rejects. */
  async progressOf(imageId: string): Promise<number> {
    return progressIn(await this.redis.get(progressKey(imageId)).catch(() => null)) ?? 0;
  }

  /** Calls back until the subscription is closed. */
  watch(imageId: string, onEvent: (event: ImageEvent) => void): Promise<RedisSubscription> {
    return this.redis.subscribe(channelOf(imageId), (message) => {
      const progress = message.startsWith(PROGRESS) ? progressIn(message.slice(PROGRESS.length)) : undefined;
      if (message === 'status') onEvent({ what: 'status' });
      else if (progress !== undefined) onEvent({ what: 'progress', progress });
    });
  }

  /** Whether messages come at all just now. */
  get heard(): boolean {
    return this.redis.state.ready;
  }
}
