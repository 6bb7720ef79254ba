import { loadWorkflow } from '../lib/comfyui/workflow/load-workflow';
import { makeWorkflow, type Workflow, type WorkflowGraph } from '../lib/comfyui/workflow/workflow';

/** The workflow of the library with some nodes changed or added, described as before or otherwise. */
export function workflowWith(nodes: WorkflowGraph, description: { output?: string } = {}): Workflow {
  const { graph, ...described } = loadWorkflow('text-to-image');
  return makeWorkflow({ ...graph, ...nodes }, { ...described, ...description });
}
