import { z } from 'zod';
import { askJson } from '../http/ask-json';
import type { ComfyUIHttp } from '../http/comfyui-http';
import type { Workflow } from './workflow';

const specs = z.record(z.string(), z.unknown()).optional();
const nodeInfo = z.object({
  input: z.object({ required: specs, optional: specs }),
  output_node: z.boolean().optional(),
});
const comboOptions = z.object({ options: z.array(z.unknown()) });

type NodeInfo = z.infer<typeof nodeInfo>;

/** A loader tells the names of all model files. */
const MAX_INFO_BYTES = 16 * 2 ** 20;
const LONGEST_LIST = 5;

/**
 * Holds a workflow against what the server says of its nodes, and tells operators what it lacks. It finds what would be
 * refused for every job; limits of single values are left to the server.
 *
 * @throws RunnerError when the server does not answer
 */
export async function checkWorkflow(
  http: ComfyUIHttp,
  workflow: Workflow,
  checkpoint: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const infos = new Map<string, NodeInfo>();
  for (const name of new Set(Object.values(workflow.graph).map((node) => node.class_type))) {
    const info = await nodeInfoOf(http, name, signal);
    if (info) infos.set(name, info);
    else problems.push(`node ${name} is not installed`);
  }
  for (const [id, { class_type }] of Object.entries(workflow.graph)) {
    const info = infos.get(class_type);
    if (info) problems.push(...problemsOfNode(id, info, workflow, checkpoint));
  }
  return problems;
}

function problemsOfNode(
  id: string,
  { input, output_node }: NodeInfo,
  { graph, inputs, output }: Workflow,
  checkpoint: string | undefined,
): string[] {
  const node = graph[id];
  if (!node) return [];
  const at = `node ${id} (${node.class_type})`;
  const problems = id === output && output_node === false ? [`${at} saves nothing`] : [];
  for (const name of Object.keys(input.required ?? {})) {
    if (node.inputs[name] === undefined) problems.push(`${at} wants the input ${name}`);
  }
  const known = { ...input.required, ...input.optional };
  for (const [name, value] of Object.entries(node.inputs)) {
    const isCheckpoint = inputs.checkpoint.node === id && inputs.checkpoint.input === name;
    const chosen = isCheckpoint ? (checkpoint ?? value) : value;
    const choices = choicesOf(known[name]);
    if (!choices || Array.isArray(chosen) || choices.includes(chosen)) continue;
    problems.push(
      isCheckpoint
        ? `the checkpoint ${String(chosen)} is not there; it has ${someOf(choices)}`
        : `${at} has no ${name} ${String(chosen)}`,
    );
  }
  return problems;
}

async function nodeInfoOf(
  http: ComfyUIHttp,
  name: string,
  signal: AbortSignal,
): Promise<NodeInfo | undefined> {
  const path = `/object_info/${encodeURIComponent(name)}`;
  const { body } = await askJson(http, { path, signal, maxBytes: MAX_INFO_BYTES });
  const all = z.record(z.string(), z.unknown()).safeParse(body);
  return nodeInfo.safeParse(all.data?.[name]).data;
}

/** What one can choose from, in the older form `[[…], {…}]` and the newer one `["COMBO", { options: […] }]`. */
function choicesOf(spec: unknown): readonly unknown[] | undefined {
  const [type, options]: unknown[] = Array.isArray(spec) ? spec : [];
  if (Array.isArray(type)) return type;
  return type === 'COMBO' ? comboOptions.safeParse(options).data?.options : undefined;
}

function someOf(choices: readonly unknown[]): string {
  if (choices.length === 0) return 'none';
  const more = choices.length > LONGEST_LIST ? ` and ${choices.length - LONGEST_LIST} more` : '';
  return choices.slice(0, LONGEST_LIST).map(String).join(', ') + more;
}
