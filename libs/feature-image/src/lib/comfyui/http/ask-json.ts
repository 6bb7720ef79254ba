import { RunnerError } from '../../jobs/runner.errors';
import type { Answer, ComfyUIHttp, Question } from './comfyui-http';
import { HttpFailure } from './http-failure';
import { parseTolerantly } from './tolerant-json';

export interface JsonAnswer {
  status: number;
  /** Undefined when it is no JSON. */
  body: unknown;
}

/**
 * Asks something that changes nothing.
 *
 * @throws RunnerError `SERVER_AWAY`, `SERVER_REFUSES`, `SERVER_ODD`; the reason of the caller's signal
 */
export async function askJson(http: ComfyUIHttp, question: Question): Promise<JsonAnswer> {
  const answer = await http.get(question).catch((error: unknown) => {
    throw asRunnerError(error);
  });
  refuseFailures(answer);
  const body = readJson(answer);
  if (answer.status === 200 && body === undefined) {
    throw new RunnerError('SERVER_ODD', 'The server answered with something that is no JSON.', {
      reason: answer.contentType || 'no content type',
    });
  }
  return { status: answer.status, body };
}

/** The answer as JSON, or undefined when it is none. */
export function readJson({ text }: Answer): unknown {
  try {
    return parseTolerantly(text);
  } catch {
    return undefined;
  }
}

/** @throws RunnerError for a status that says nothing of what was asked, only of the server */
export function refuseFailures({ status }: { status: number }): void {
  const reason = String(status);
  if (status === 401 || status === 403 || status === 407) {
    throw new RunnerError('SERVER_REFUSES', `The server answered with ${status}.`, { reason });
  }
  if (status >= 500 || status === 408 || status === 429) {
    throw new RunnerError('SERVER_AWAY', `The server answered with ${status}.`, { reason });
  }
  if (status >= 300 && status < 400) {
    throw new RunnerError('SERVER_ODD', `The server wants to be asked elsewhere (${status}).`, { reason });
  }
}

/** What a failed exchange means to those who only asked; everything else stays what it is. */
export function asRunnerError(error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error;
  const { kind, reason } = error;
  if (kind === 'too-large') {
    return new RunnerError('SERVER_ODD', 'The answer is far larger than such an answer can be.', {
      reason,
      cause: error,
    });
  }
  return new RunnerError('SERVER_AWAY', 'There was no answer.', { reason, cause: error });
}
