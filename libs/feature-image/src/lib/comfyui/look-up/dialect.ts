import type { RunnerState } from '../../jobs/image-job-runner';

/** How a server is asked about a prompt: it differs by version. */
export interface Dialect {
  readonly name: 'jobs' | 'queue';
  /**
   * One look. `unknown` is only what it says at this moment.
   *
   * @throws WrongDialect when the server does not speak it any more; RunnerError
   */
  look(promptId: string, signal: AbortSignal): Promise<RunnerState>;
  /** Asks for an end; whether it comes is for `look` to say. @throws RunnerError */
  stop(promptId: string, seen: 'waiting' | 'running', signal: AbortSignal): Promise<void>;
}

/** Perhaps another version answers than before. */
export class WrongDialect extends Error {
  constructor(
    /** It said, in words of its own, that there is no such job. */
    readonly notFound: boolean,
  ) {
    super('The server does not answer as it did before.');
  }
}
