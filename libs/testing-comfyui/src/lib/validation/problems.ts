import type { Json, JsonObject } from '../python/json';
import type { PythonError } from '../python/python-error';

/** One thing that is wrong with a prompt or a node, as the server words it. */
export interface Problem {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: JsonObject;
}

export function problem(type: string, message: string, details = '', extraInfo: JsonObject = {}): Problem {
  return { type, message, details, extra_info: extraInfo };
}

/** The body of a refusal. */
export function refusal(error: Problem, nodeErrors: JsonObject = {}): JsonObject {
  return { error: { ...error }, node_errors: nodeErrors };
}

export const noPrompt = problem('no_prompt', 'No prompt provided', 'No prompt provided');

export const invalidPromptId = problem(
  'invalid_prompt_id',
  'prompt_id must be a valid UUID',
  'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
);

export const noOutputs = problem('prompt_no_outputs', 'Prompt has no outputs');

export function outputsFailed(details: string): Problem {
  return problem('prompt_outputs_failed_validation', 'Prompt outputs failed validation', details);
}

/** What Python shows of where an exception was; the lines of code are not ours to quote. */
export function traceback(...places: string[]): Json {
  return places.map((place) => `  File "/opt/comfyui/execution.py", line 1, in ${place}`);
}

export function exceptionDuringValidation(error: PythonError): Problem {
  return problem('exception_during_validation', 'Exception when validating node', error.message, {
    exception_type: error.type,
    traceback: traceback('validate_prompt', 'validate_inputs'),
  });
}
