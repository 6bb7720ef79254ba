import type { JsonObject } from '../python/json';
import { sourcesOf } from './graph';

/**
 * The order in which nodes run: among those whose sources are done, an output first, then what leads to an output in
 * one step, then in two; otherwise as they were met, walking from the outputs.
 */
export class RunOrder {
  private readonly pending: string[] = [];

  /** @param isCached whether a result is kept; then the node's sources are not needed */
  constructor(
    private readonly prompt: JsonObject,
    outputs: readonly string[],
    private readonly isOutput: (nodeId: string) => boolean,
    private readonly isCached: (nodeId: string) => boolean,
  ) {
    for (const output of outputs) this.add(output);
  }

  /** The next node to run; undefined when there is none any more. */
  next(): string | undefined {
    const ready = this.pending.filter((nodeId) =>
      this.sources(nodeId).every((source) => !this.pending.includes(source)),
    );
    const toOutput = (nodeId: string) => this.users(nodeId).some(this.isOutput);
    return (
      ready.find(this.isOutput) ??
      ready.find(toOutput) ??
      ready.find((nodeId) => this.users(nodeId).some(toOutput)) ??
      ready[0]
    );
  }

  finish(nodeId: string): void {
    this.pending.splice(this.pending.indexOf(nodeId), 1);
  }

  private add(nodeId: string): void {
    if (this.pending.includes(nodeId)) return;
    this.pending.push(nodeId);
    for (const source of this.sources(nodeId)) if (!this.isCached(source)) this.add(source);
  }

  private sources(nodeId: string): string[] {
    return this.isCached(nodeId) ? [] : sourcesOf(this.prompt, nodeId);
  }

  private users(nodeId: string): string[] {
    return this.pending.filter((user) => this.sources(user).includes(nodeId));
  }
}
