import { createHash } from 'node:crypto';
import type { JsonObject } from '../python/json';
import { formatJson, type Json } from '../python/json';
import type { NodeClass, NodeResult, Surroundings } from '../nodes/node-class';
import { isLink, nodeOf } from './graph';

/** A result that was kept, with the node that it was made for. */
export interface CachedResult {
  readonly result: NodeResult;
  readonly meta: JsonObject;
}

/**
 * Results of the last prompt's nodes. A node with the same class, inputs and sources is not run again, whatever its id;
 * what the present prompt has no use for is dropped before it runs.
 */
export class ResultCache {
  private results = new Map<string, CachedResult>();

  /** Begins a prompt. @returns the signature of each of its nodes */
  beginPrompt(
    prompt: JsonObject,
    classes: ReadonlyMap<string, NodeClass>,
    surroundings: Surroundings,
  ): (nodeId: string) => string {
    const signatures = new Map<string, string>();
    const signatureOf = (nodeId: string): string => {
      const known = signatures.get(nodeId);
      if (known !== undefined) return known;
      // A cycle has no output and is never asked for, but the nodes beside it are.
      signatures.set(nodeId, 'cycle');
      const signature = this.sign(prompt, nodeId, classes, surroundings, signatureOf);
      signatures.set(nodeId, signature);
      return signature;
    };
    const needed = new Set(Object.keys(prompt).map(signatureOf));
    this.results = new Map([...this.results].filter(([signature]) => needed.has(signature)));
    return signatureOf;
  }

  get(signature: string): CachedResult | undefined {
    return this.results.get(signature);
  }

  set(signature: string, cached: CachedResult): void {
    this.results.set(signature, cached);
  }

  private sign(
    prompt: JsonObject,
    nodeId: string,
    classes: ReadonlyMap<string, NodeClass>,
    surroundings: Surroundings,
    signatureOf: (nodeId: string) => string,
  ): string {
    if (!isNode(prompt[nodeId])) return `no node ${nodeId}`;
    const { classType, inputs } = nodeOf(prompt, nodeId);
    const signed = Object.entries(inputs).map(([name, value]): Json => {
      return [name, isLink(value) ? [signatureOf(value[0]), value[1]] : value];
    });
    const fingerprint = classes.get(classType)?.fingerprint?.(inputs, surroundings) ?? '';
    return createHash('sha256')
      .update(formatJson([classType, fingerprint, signed.sort()]))
      .digest('hex');
  }
}

function isNode(value: Json | undefined): boolean {
  return typeof (value as JsonObject | undefined)?.['inputs'] === 'object';
}
