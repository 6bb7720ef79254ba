import { z } from 'zod';
import { RunnerError } from '../../jobs/runner.errors';
import { readJson, refuseFailures } from '../http/ask-json';
import type { Answer } from '../http/comfyui-http';
import type { Workflow } from '../workflow/workflow';
import { errorsOfOurOutput, refusalOf, refusalOfNodes } from './refusal';

const accepted = z.object({ prompt_id: z.string() });

export interface Acceptance {
  /** Under which the server has queued it. */
  promptId: string;
  /** It was queued, but our image would not come of it. */
  problem?: RunnerError;
}

/**
 * What the answer to `POST /prompt` says. Only two are clear: 200 with an id, and 4xx. With 5xx the prompt may have been
 * queued all the same, and so it may with a page of a proxy under 200.
 *
 * @throws RunnerError
 */
export function judgeAnswer(answer: Answer, workflow: Workflow): Acceptance {
  const { status } = answer;
  const reason = String(status);
  const body = readJson(answer);
  if (status === 200) {
    const said = accepted.safeParse(body);
    if (!said.success) {
      throw new RunnerError('OUTCOME_UNKNOWN', 'The answer does not say whether it was accepted.', {
        reason,
      });
    }
    const problem = refusalOfNodes(errorsOfOurOutput(body, workflow), workflow);
    return { promptId: said.data.prompt_id, ...(problem && { problem }) };
  }
  if (status < 300 || status >= 500) {
    throw new RunnerError('OUTCOME_UNKNOWN', `The server answered with ${status}.`, { reason });
  }
  const refusal = status === 400 ? refusalOf(body, workflow) : undefined;
  if (refusal) throw refusal;
  refuseFailures(answer);
  if (status === 413) {
    throw new RunnerError('REQUEST_REFUSED', 'The request is too large for the server.', { reason });
  }
  throw new RunnerError('SERVER_ODD', `The server answered with ${status}.`, { reason });
}
