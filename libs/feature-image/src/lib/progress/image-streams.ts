import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type MessageEvent,
} from '@nestjs/common';
import { problem } from '@sluice/util-http';
import { Observable } from 'rxjs';
import { ImageAnswers } from '../http/image-answers';
import { IMAGE_CONFIG, type ImageConfig } from '../image.options';
import { ImageEvents } from './image-events';
import { ImageStream } from './image-stream';

/** So much may wait for a reader who does not read; then he is cut off, and an `EventSource` comes back. */
export const MOST_PENDING_CHARACTERS = 65_536;

/** The open event streams of this process: so many for each owner, and none when it ends. */
@Injectable()
export class ImageStreams implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Images:streams');
  readonly #open = new Map<ImageStream, string>();
  #ending = false;

  constructor(
    private readonly events: ImageEvents,
    private readonly answers: ImageAnswers,
    @Inject(IMAGE_CONFIG) private readonly config: ImageConfig,
  ) {}

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** @throws ProblemError 429 when the owner has too many streams here, 503 when this process is ending */
  open({ id, ownerId }: { id: string; ownerId: string }): Observable<MessageEvent> {
    this.#refuse(ownerId);
    return new Observable((reader) => {
      const stream = new ImageStream(id, {
        events: this.events,
        answers: this.answers,
        timing: this.config.streams,
        logger: this.#logger,
        send: (event) => reader.next(event),
      });
      this.#open.set(stream, ownerId);
      void stream.run().finally(() => {
        this.#open.delete(stream);
        reader.complete();
      });
      return () => stream.end();
    });
  }

  /** The listener waits for whatever is open. Whoever still wants to watch finds another process. */
  beforeApplicationShutdown(): void {
    this.#ending = true;
    for (const stream of this.#open.keys()) stream.end();
  }

  #refuse(ownerId: string): void {
    if (this.#ending) {
      throw problem(503, {
        detail: 'This process is ending. Connect again.',
        headers: { 'Retry-After': '1' },
      });
    }
    const { perUser } = this.config.streams;
    const theirs = [...this.#open.values()].filter((owner) => owner === ownerId).length;
    if (theirs < perUser) return;
    throw problem(429, {
      detail: `You watch ${theirs} images already, and may not watch more at once. Close a stream first.`,
      headers: { 'Retry-After': '5' },
    });
  }
}
