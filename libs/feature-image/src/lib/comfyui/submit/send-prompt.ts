import { RunnerError } from '../../jobs/runner.errors';
import type { ComfyUIHttp } from '../http/comfyui-http';
import { HttpFailure } from '../http/http-failure';
import type { Workflow } from '../workflow/workflow';
import { type Acceptance, judgeAnswer } from './judge-answer';

/** It can list the files of every model. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/**
 * Sends a prompt once.
 *
 * @param body of `promptRequest`
 * @throws RunnerError that says whether it was accepted; the signal's reason, which says nothing of it
 */
export async function sendPrompt(
  http: ComfyUIHttp,
  body: string,
  workflow: Workflow,
  signal: AbortSignal,
): Promise<Acceptance> {
  const question = { path: '/prompt', signal, maxBytes: MAX_ANSWER_BYTES };
  const answer = await http.post(body, question).catch((error: unknown) => {
    if (!(error instanceof HttpFailure)) throw error;
    const { kind, reason } = error;
    if (kind === 'unreachable') throw new RunnerError('SERVER_AWAY', 'Nothing was sent.', { reason });
    throw new RunnerError('OUTCOME_UNKNOWN', 'The prompt was sent and not answered.', { reason });
  });
  return judgeAnswer(answer, workflow);
}
