import { z } from 'zod';
import type { Workflow } from '../workflow/workflow';

const nodeStates = z.record(
  z.string(),
  z.object({ state: z.string(), value: z.number().catch(0), max: z.number().catch(0) }),
);

/** How far a whole run is, from what is told of its nodes. Those that wait are not told of, so all are counted here. */
export class OverallProgress {
  private readonly weights: ReadonlyMap<string, number>;
  private readonly total: number;
  private readonly done = new Map<string, number>();

  constructor({ graph, weights }: Workflow) {
    this.weights = new Map(Object.keys(graph).map((node) => [node, weights[node] ?? 1]));
    this.total = [...this.weights.values()].reduce((sum, weight) => sum + weight, 0);
  }

  /** 0 to 1. It can fall, when a node is told of again. */
  get value(): number {
    let sum = 0;
    for (const [node, part] of this.done) sum += part * (this.weights.get(node) ?? 0);
    return Math.min(1, sum / this.total);
  }

  /** The nodes of `execution_cached`: their results were there already. */
  cached(nodes: unknown): void {
    for (const node of z.array(z.string()).safeParse(nodes).data ?? []) this.done.set(node, 1);
  }

  /** The nodes of `progress_state`. */
  told(nodes: unknown): void {
    for (const [node, { state, value, max }] of Object.entries(nodeStates.safeParse(nodes).data ?? {})) {
      const part = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
      this.done.set(node, state === 'finished' ? 1 : part);
    }
  }
}
