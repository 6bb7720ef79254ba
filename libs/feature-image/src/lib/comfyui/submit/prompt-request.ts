import type { RunnableJob } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';
import { exactJson } from '../http/exact-json';
import { fillWorkflow } from '../workflow/fill-workflow';
import type { Workflow } from '../workflow/workflow';

export interface PromptRequest {
  workflow: Workflow;
  checkpoint: string | undefined;
  job: RunnableJob;
  /** Whose WebSocket hears of it. Never left out: without it some versions bring no outputs. */
  clientId: string;
}

const MAX_SEED = 2n ** 64n - 1n;
const CANONICAL_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The body of `POST /prompt`. @throws RunnerError `REQUEST_REFUSED`, `INPUT_REFUSED` */
export function promptRequest({ workflow, checkpoint, job, clientId }: PromptRequest): string {
  checkPromptId(job.promptId);
  const prompt = fillWorkflow(workflow, {
    prompt: job.prompt,
    negativePrompt: job.negativePrompt ?? '',
    seed: seedOf(job),
    width: job.width,
    height: job.height,
    filenamePrefix: filenamePrefixOf(job.promptId),
    ...(checkpoint !== undefined && { checkpoint }),
  });
  return exactJson({ prompt, prompt_id: job.promptId, client_id: clientId });
}

/**
 * Another one for every job: a graph that was run before is answered from the server's cache, with the old file and
 * none of ours. In folders, for the server reads the whole folder before it saves into it.
 */
export function filenamePrefixOf(promptId: string): string {
  return `sluice/${promptId.slice(0, 2)}/${promptId}`;
}

/** Servers refuse others, and it becomes part of paths that are asked for. @throws RunnerError `REQUEST_REFUSED` */
export function checkPromptId(promptId: string): void {
  if (CANONICAL_UUID.test(promptId)) return;
  throw new RunnerError('REQUEST_REFUSED', 'The prompt id is no UUID in lower case.');
}

function seedOf({ seed }: RunnableJob): bigint {
  const number = /^\d{1,20}$/.test(seed) ? BigInt(seed) : undefined;
  if (number !== undefined && number <= MAX_SEED) return number;
  throw new RunnerError('INPUT_REFUSED', 'The seed is no whole number up to 2^64 − 1.', {
    words: 'The seed must be a whole number, 18446744073709551615 at most.',
  });
}
