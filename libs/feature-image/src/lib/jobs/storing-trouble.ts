import { ImageFileError } from '../storage/image-file.errors';
import type { ImageWorkerConfig } from './image-worker.options';
import { RunnerError } from './runner.errors';

/**
 * What to do when a painted picture cannot be stored. It stays on the server that painted it, and is fetched from there
 * again: painting it again would cost far more. What the disk lacks may take long to be mended, and is waited for;
 * what the picture lacks is tried a few times.
 */
export class StoringTrouble {
  #since: number | undefined;
  #tries = 0;

  constructor(private readonly config: Pick<ImageWorkerConfig, 'attempts' | 'storePatience'>) {}

  /**
   * @returns `again`: fetch it again, later; `never`: give up
   * @throws RunnerError when it is the picture that is no good; anything else, as it is
   */
  next(error: unknown): 'again' | 'never' {
    if (!(error instanceof ImageFileError)) throw error;
    this.#since ??= performance.now();
    this.#tries += 1;
    const mayTry = this.#tries < this.config.attempts;
    switch (error.code) {
      case 'IMAGE_TOO_LARGE':
        throw new RunnerError('OUTPUT_TOO_LARGE', 'The picture is too large.', { cause: error });
      case 'IMAGE_REFUSED':
      case 'IMAGE_SOURCE_TIMEOUT':
        if (error.retryable && mayTry) return 'again';
        throw new RunnerError('OUTPUT_MISSING', 'What the server gave is no picture.', { cause: error });
      case 'IMAGE_DECODING_FAILED':
        return mayTry ? 'again' : 'never';
      default:
        return performance.now() - this.#since < this.config.storePatience ? 'again' : 'never';
    }
  }
}
