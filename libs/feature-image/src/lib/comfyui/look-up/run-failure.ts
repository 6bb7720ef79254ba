import { z } from 'zod';
import { RunnerError } from '../../jobs/runner.errors';

/** The data of `execution_error`, less what holds the user's input: `current_inputs` and the like are never read. */
const executionError = z.object({
  exception_type: z.string().catch(''),
  exception_message: z.string().catch(''),
  node_type: z.string().catch(''),
});

const OUT_OF_MEMORY_TYPE = /(^|\.)(OutOfMemoryError|MemoryError)$/;
/** How drivers say it through a general error. */
const OUT_OF_MEMORY_MESSAGE =
  /^(CUDA|HIP|XPU|MPS backend)( error:)? out of memory|^Allocation on device|not enough memory: you tried to allocate/;

/** Why a run failed. The server's message may hold the prompt and paths, so only names are kept of it. */
export function runFailure(data: unknown): RunnerError {
  const parsed = executionError.safeParse(data);
  if (!parsed.success) return new RunnerError('NODE_FAILED', 'The run ended with an error.');
  const { exception_type: type, exception_message: message, node_type: node } = parsed.data;
  const reason = `${nameOnly(type) || 'an error'} in ${nameOnly(node) || 'a node'}`;
  return OUT_OF_MEMORY_TYPE.test(type) || OUT_OF_MEMORY_MESSAGE.test(message)
    ? new RunnerError('OUT_OF_MEMORY', `The server ran out of memory: ${reason}.`, { reason })
    : new RunnerError('NODE_FAILED', `A node failed: ${reason}.`, { reason });
}

/** Names of classes have nothing else in them, except a blank in some nodes' names. */
function nameOnly(text: string): string {
  return /^[\w. |:+-]{1,80}$/.test(text) ? text : '';
}
