import type { ExactJson } from '../http/exact-json';
import type { Workflow, WorkflowInput } from './workflow';

export type WorkflowValues = Readonly<Partial<Record<WorkflowInput, string | number | bigint>>>;

/** The graph with these values in place of those that it came with. Nothing of the workflow is changed. */
export function fillWorkflow({ graph, inputs }: Workflow, values: WorkflowValues): ExactJson {
  const filled: Record<string, { class_type: string; inputs: Record<string, ExactJson>; _meta?: ExactJson }> =
    {};
  for (const [id, node] of Object.entries(graph)) filled[id] = { ...node, inputs: { ...node.inputs } };
  for (const [name, value] of Object.entries(values)) {
    const { node, input } = inputs[name as WorkflowInput];
    const target = filled[node];
    if (target && value !== undefined) target.inputs[input] = value;
  }
  return filled;
}
