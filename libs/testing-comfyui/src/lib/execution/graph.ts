import { isObject, type Json, type JsonObject } from '../python/json';

/** A link `["3", 0]`: the first output of node 3. */
export type Link = readonly [nodeId: string, output: number];

export interface GraphNode {
  readonly classType: string;
  /** Validation writes numbers here in place of what could be made a number. */
  readonly inputs: Record<string, Json>;
}

/** A node of a graph that validation has let through. */
export function nodeOf(prompt: JsonObject, nodeId: string): GraphNode {
  const node = prompt[nodeId] as JsonObject;
  return { classType: node['class_type'] as string, inputs: node['inputs'] as Record<string, Json> };
}

/** Every list is taken for a link. */
export function isLink(value: Json | undefined): value is Link {
  return Array.isArray(value);
}

/** The nodes that this one needs, each once. */
export function sourcesOf(prompt: JsonObject, nodeId: string): string[] {
  const links = Object.values(nodeOf(prompt, nodeId).inputs).filter(isLink);
  return [...new Set(links.map(([source]) => source))].filter((source) => isObject(prompt[source]));
}
