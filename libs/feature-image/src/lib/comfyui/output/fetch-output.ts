import type { Readable } from 'node:stream';
import type { RunnerOutput } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';
import { asRunnerError, refuseFailures } from '../http/ask-json';
import { limit } from '../http/bounded';
import type { ByteAnswer, ComfyUIHttp } from '../http/comfyui-http';
import { HttpFailure } from '../http/http-failure';

export interface FetchLimits {
  maxOutputBytes: number;
  fetchTimeoutMs: number;
  /** Also the longest silence in between. */
  requestTimeoutMs: number;
}

/**
 * The bytes of an output. The server's names for it go back to it as parameters of a query, encoded, and nowhere else.
 *
 * @throws RunnerError `OUTPUT_MISSING`, `OUTPUT_TOO_LARGE`, `SERVER_…`; the stream breaks with the same
 */
export async function fetchOutput(
  http: ComfyUIHttp,
  { filename, subfolder }: RunnerOutput,
  { maxOutputBytes, fetchTimeoutMs, requestTimeoutMs }: FetchLimits,
  signals: readonly AbortSignal[],
): Promise<Readable> {
  const { signal, release } = limit(fetchTimeoutMs, signals);
  const errorFor = (failure: unknown) =>
    failure instanceof HttpFailure && failure.kind === 'too-large'
      ? tooLarge(maxOutputBytes)
      : asRunnerError(failure);
  try {
    const answer = await http.getBytes({
      path: '/view',
      query: { filename, subfolder, type: 'output' },
      maxBytes: maxOutputBytes,
      silenceMs: requestTimeoutMs,
      signal,
      errorFor,
    });
    answer.stream.once('close', release);
    const refusal = refusalOf(answer, maxOutputBytes);
    if (!refusal) return answer.stream;
    answer.stream.destroy();
    throw refusal;
  } catch (error) {
    release();
    throw errorFor(error);
  }
}

/** Why this is not an image that may come. */
function refusalOf({ status, contentType, bytes = 0 }: ByteAnswer, maxBytes: number): unknown {
  const reason = String(status);
  // Also what it says to names that lead out of its folders.
  if (status === 400 || status === 403 || status === 404) {
    return new RunnerError('OUTPUT_MISSING', `The server does not give the file (${status}).`, { reason });
  }
  try {
    refuseFailures({ status });
  } catch (error) {
    return error;
  }
  if (status !== 200 || /^text\/|json/.test(contentType)) {
    const what = 'What came instead of the image is none.';
    return new RunnerError('SERVER_ODD', what, { reason: contentType || reason });
  }
  return bytes > maxBytes ? tooLarge(maxBytes) : undefined;
}

function tooLarge(maxBytes: number): RunnerError {
  return new RunnerError('OUTPUT_TOO_LARGE', `The file has more than ${maxBytes} bytes.`);
}
