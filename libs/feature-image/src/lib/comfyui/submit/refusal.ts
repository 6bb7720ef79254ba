import { z } from 'zod';
import { RunnerError } from '../../jobs/runner.errors';
import type { Workflow, WorkflowInput } from '../workflow/workflow';

const nodeProblem = z.object({
  type: z.string(),
  extra_info: z
    .object({
      input_name: z.string().optional(),
      received_value: z.unknown().optional(),
      input_config: z.unknown().optional(),
    })
    .catch({ received_value: undefined, input_config: undefined }),
});
const nodeErrors = z.record(
  z.string(),
  z.object({ errors: z.array(nodeProblem), dependent_outputs: z.array(z.string()).catch([]) }),
);
const refusedBody = z.object({ error: z.object({ type: z.string() }), node_errors: nodeErrors.catch({}) });

type NodeErrors = z.infer<typeof nodeErrors>;

const MODEL_FILE = /\.(safetensors|sft|ckpt|pth?|bin|gguf|onnx)$/i;

/** How these inputs are called by those who give them. */
const USERS_WORDS: Partial<Record<WorkflowInput, string>> = {
  prompt: 'prompt',
  negativePrompt: 'negative prompt',
  seed: 'seed',
  width: 'width',
  height: 'height',
};

/** Our fault, not the workflow's: what is wrong is outside of the graph. */
const REQUEST_PROBLEMS = ['invalid_prompt_id', 'no_prompt'];

/** What `400` means: undefined when it does not come from ComfyUI. */
export function refusalOf(body: unknown, workflow: Workflow): RunnerError | undefined {
  const parsed = refusedBody.safeParse(body);
  if (!parsed.success) return undefined;
  const { error, node_errors } = parsed.data;
  const reason = wordOnly(error.type);
  if (REQUEST_PROBLEMS.includes(error.type)) {
    return new RunnerError('REQUEST_REFUSED', `The server refused the request: ${reason}.`, { reason });
  }
  return (
    refusalOfNodes(node_errors, workflow) ??
    new RunnerError('WORKFLOW_INVALID', `The server refused the workflow: ${reason}.`, { reason })
  );
}

/**
 * What the errors of nodes mean, when there are any. One that only an operator can mend goes before those of the
 * input: telling the user to change it would not help.
 */
export function refusalOfNodes(errors: NodeErrors, workflow: Workflow): RunnerError | undefined {
  const found = Object.entries(errors).flatMap(([node, { errors: problems }]) =>
    problems.map((problem) => meaningOf(problem, node, workflow)),
  );
  const ofCode = (code: RunnerError['code']) => found.find((error) => error.code === code);
  return ofCode('MODEL_MISSING') ?? ofCode('WORKFLOW_INVALID') ?? ofCode('INPUT_REFUSED');
}

/** The errors of nodes that keep our image from being saved, from an answer that accepted the rest. */
export function errorsOfOurOutput(body: unknown, { output }: Workflow): NodeErrors {
  const errors = z.object({ node_errors: nodeErrors }).safeParse(body).data?.node_errors ?? {};
  const ours = Object.entries(errors).filter(
    ([node, { dependent_outputs }]) => node === output || dependent_outputs.includes(output),
  );
  return Object.fromEntries(ours);
}

function meaningOf(problem: z.infer<typeof nodeProblem>, node: string, workflow: Workflow): RunnerError {
  const { type, extra_info } = problem;
  const reason = wordOnly(type);
  const input = boundInput(workflow, node, extra_info.input_name);
  const isFile = typeof extra_info.received_value === 'string' && MODEL_FILE.test(extra_info.received_value);
  if (type === 'value_not_in_list' && (input === 'checkpoint' || isFile)) {
    return new RunnerError('MODEL_MISSING', 'The server does not have a model that the workflow names.', {
      reason,
    });
  }
  const usersWord = input && USERS_WORDS[input];
  if (!usersWord) {
    return new RunnerError('WORKFLOW_INVALID', `Node ${wordOnly(node)} was refused: ${reason}.`, { reason });
  }
  return new RunnerError('INPUT_REFUSED', `The server refused the ${usersWord}: ${reason}.`, {
    reason,
    words: `The image server does not take this ${usersWord}${limitOf(type, extra_info.input_config)}.`,
  });
}

function boundInput(
  { inputs }: Workflow,
  node: string,
  input: string | undefined,
): WorkflowInput | undefined {
  const bound = Object.entries(inputs).find(([, place]) => place.node === node && place.input === input);
  return bound?.[0] as WorkflowInput | undefined;
}

/** `, 2048 at most`: numbers only, for this is shown to users. */
function limitOf(type: string, config: unknown): string {
  const limits = z.tuple([z.unknown(), z.object({ min: z.number().optional(), max: z.number().optional() })]);
  const { min, max } = limits.safeParse(config).data?.[1] ?? {};
  if (type === 'value_bigger_than_max' && max !== undefined) return `, ${max} at most`;
  if (type === 'value_smaller_than_min' && min !== undefined) return `, ${min} at least`;
  return '';
}

function wordOnly(text: string): string {
  return /^\w{1,60}$/.test(text) ? text : 'unnamed';
}
