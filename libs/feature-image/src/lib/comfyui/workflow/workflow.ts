import { z } from 'zod';

/** Another node's output: its number and which of its outputs. */
const link = z.tuple([z.string(), z.number().int().min(0)]);
const inputValue = z.union([z.string(), z.number(), z.boolean(), link]);

const graphSchema = z.record(
  z.string(),
  z.object({
    class_type: z.string().min(1),
    inputs: z.record(z.string(), inputValue),
    _meta: z.object({ title: z.string() }).optional(),
  }),
);

const place = z.object({ node: z.string(), input: z.string() });

const descriptionSchema = z.object({
  /** What is filled in for each job. */
  inputs: z.object({
    prompt: place,
    negativePrompt: place,
    seed: place,
    width: place,
    height: place,
    checkpoint: place,
    filenamePrefix: place,
  }),
  /** The node that saves the image; others may save theirs, they are left alone. */
  output: z.string(),
  /** How much of the time each node takes, compared with the others; 1 where nothing is said. */
  weights: z.record(z.string(), z.number().positive()).default({}),
});

/** ComfyUI's API format: nodes by number. */
export type WorkflowGraph = z.infer<typeof graphSchema>;

export type WorkflowDescription = z.infer<typeof descriptionSchema>;

export type WorkflowInput = keyof WorkflowDescription['inputs'];

/** A graph and which of its inputs are filled in. */
export interface Workflow extends WorkflowDescription {
  readonly graph: WorkflowGraph;
}

/** @throws Error that says what does not fit */
export function makeWorkflow(graph: unknown, description: unknown): Workflow {
  const workflow: Workflow = { graph: graphSchema.parse(graph), ...descriptionSchema.parse(description) };
  for (const [name, { node, input }] of Object.entries(workflow.inputs)) {
    if (workflow.graph[node]?.inputs[input] === undefined) {
      throw new Error(`The workflow has no input "${input}" in node ${node}, which should be the ${name}.`);
    }
  }
  if (!workflow.graph[workflow.output]) {
    throw new Error(`The workflow has no node ${workflow.output}, which should save the image.`);
  }
  return workflow;
}
