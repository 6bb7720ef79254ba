import type { NodeClass, NodeInputs } from '../nodes/node-class';
import type { Json, JsonObject } from '../python/json';
import { PythonError } from '../python/python-error';
import { str } from '../python/text';
import { traceback } from '../validation/problems';

/**
 * What `execution_error` tells of an exception. It carries the node's inputs as text, the user's words included.
 * @param hidden inputs that the server filled in
 */
export function describeError(
  error: PythonError,
  inputs: NodeInputs,
  nodeClass: NodeClass,
  hidden: Record<string, Json>,
): JsonObject {
  const shown = [
    ...Object.entries(inputs).map(([name, value]) => [name, [shownValue(value)]]),
    ...Object.keys(nodeClass.hidden ?? {}).map((name) => [name, [hiddenValue(hidden[name])]]),
  ];
  return {
    exception_message: `${error.message}\n${error.advice}`,
    exception_type: error.type,
    traceback: traceback('execute', 'get_output_data', '_async_map_node_over_list', 'process_inputs'),
    current_inputs: Object.fromEntries(shown) as JsonObject,
  };
}

/** An exception of the file system is one in Python too; anything else is a fault of the simulator. */
export function asPythonError(error: unknown): PythonError | undefined {
  if (error instanceof PythonError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return code ? new PythonError('OSError', message) : undefined;
}

function shownValue(value: unknown): Json {
  return typeof value === 'object' && value !== null ? 'tensor([[[[0., 0., 0.]]]])' : (value as Json);
}

function hiddenValue(value: Json | undefined): Json {
  return value === undefined || value === null ? null : str(value);
}
