import { RunnerError, type RunnerErrorCode } from '../lib/jobs/runner.errors';

/** The error with which a call rejects; fails when it resolves, or rejects with anything else or another code. */
export async function refused(call: Promise<unknown>, code: RunnerErrorCode): Promise<RunnerError> {
  const error: unknown = await call.then(
    (value) => new Error(`It resolved, with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RunnerError) || error.code !== code) throw error;
  return error;
}
