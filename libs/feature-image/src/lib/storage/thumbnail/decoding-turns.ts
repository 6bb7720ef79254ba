import { ImageFileError } from '../image-file.errors';

export interface DecodingTurnsOptions {
  /** How many decode at once. Default 2: they share the four threads of the pool with files and passwords. */
  atOnce?: number;
  /** How many may wait. Default 50. */
  waiting?: number;
  /** How long one may wait, in ms. Default 30,000. */
  patienceMs?: number;
}

/** A short queue in front of the decoder: first come, first served, bounded in length and in time. */
export class DecodingTurns {
  private readonly queue: (() => void)[] = [];
  private running = 0;
  private readonly atOnce: number;
  private readonly most: number;
  private readonly patienceMs: number;

  constructor({ atOnce = 2, waiting = 50, patienceMs = 30_000 }: DecodingTurnsOptions = {}) {
    this.atOnce = atOnce;
    this.most = waiting;
    this.patienceMs = patienceMs;
  }

  /** @throws ImageFileError `IMAGE_BUSY` when the work was not begun; what the work throws */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.wait();
    try {
      return await work();
    } finally {
      // The turn is handed on, so that nobody who comes just now gets in between.
      const next = this.queue.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private wait(): Promise<void> {
    if (this.queue.length >= this.most) throw busy();
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(turn), 1);
        reject(busy());
      }, this.patienceMs);
      this.queue.push(turn);
    });
  }
}

function busy(): ImageFileError {
  return new ImageFileError('IMAGE_BUSY', 'The image has to wait too long to be decoded.');
}
