import type { Logger, MessageEvent } from '@nestjs/common';
import type { RedisSubscription } from '@sluice/data-access-redis';
import type { ImageView } from '@sluice/util-images';
import type { ImageAnswers } from '../http/image-answers';
import type { StreamTiming } from '../image.options';
import type { ImageEvents } from './image-events';

const FINAL: ReadonlySet<ImageView['status']> = new Set(['completed', 'failed', 'cancelled']);
/** As long as Redis brings messages, so many rounds pass until the database is asked all the same. */
const TRUSTING_ROUNDS = 5;

export interface ImageStreamParts {
  readonly events: ImageEvents;
  readonly answers: ImageAnswers;
  readonly timing: StreamTiming;
  readonly logger: Logger;
  readonly send: (event: MessageEvent) => void;
}

/**
 * What one reader hears of one image: a snapshot, then each change, until a final status, the end of the longest time,
 * or the end of either side. What is sent is read from the database; messages only say when to look.
 */
export class ImageStream {
  #ended = false;
  #wake: () => void = () => undefined;
  #changed = false;
  #shown: ImageView | undefined;

  constructor(
    private readonly imageId: string,
    private readonly parts: ImageStreamParts,
  ) {}

  /** Never rejects; resolves when there is nothing more to say. */
  async run(): Promise<void> {
    const { events, timing, send } = this.parts;
    const heartbeat = setInterval(() => send({ comment: 'still here' }), timing.heartbeat);
    const longest = setTimeout(() => this.end(), timing.longest);
    // Before the first look, so that no change falls in between.
    const subscription = await events
      .watch(this.imageId, (event) => {
        if (event.what === 'status') this.#look();
        else this.#progress(event.progress);
      })
      .catch(() => undefined);
    try {
      await this.#follow();
    } finally {
      clearInterval(heartbeat);
      clearTimeout(longest);
      await close(subscription);
    }
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async #follow(): Promise<void> {
    while (!this.#ended) {
      this.#changed = false;
      if (await this.#tell()) return;
      for (let round = 1; !this.#changed && !this.#ended; round += 1) {
        const heard = this.parts.events.heard;
        await this.#wait();
        if (!heard || !this.parts.events.heard || round >= TRUSTING_ROUNDS) break;
      }
    }
  }

  /** @returns whether that was the last there is to say */
  async #tell(): Promise<boolean> {
    let now: ImageView | null;
    try {
      now = await this.parts.answers.find(this.imageId);
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      this.parts.logger.warn(`an image was not read: ${typeof code === 'string' ? code : 'unknown error'}`);
      return false;
    }
    if (this.#ended || now === null) return true;
    const before = this.#shown;
    if (!before) this.#send('snapshot', now);
    else if (before.status !== now.status) this.#send('status', now);
    else if (before.progress < now.progress) this.#send('progress', now);
    return FINAL.has(now.status);
  }

  /** The message says all there is to know: the database is not asked four times a second. */
  #progress(progress: number): void {
    const shown = this.#shown;
    if (this.#ended || !shown) return;
    if (shown.status === 'queued') this.#look();
    else if (shown.status === 'generating' && progress > shown.progress) {
      this.#send('progress', { ...shown, progress });
    }
  }

  #send(type: 'snapshot' | 'status' | 'progress', data: ImageView): void {
    this.#shown = data;
    this.parts.send({ type, data });
  }

  #look(): void {
    this.#changed = true;
    this.#wake();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.parts.timing.poll);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function close(subscription: RedisSubscription | undefined): Promise<void> {
  await subscription?.close().catch(() => undefined);
}
