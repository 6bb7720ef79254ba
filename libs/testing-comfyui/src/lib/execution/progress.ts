import type { JsonObject } from '../python/json';

interface NodeProgress {
  value: number;
  max: number;
  state: 'running' | 'finished';
}

/** How far each node of the running prompt is; nodes that wait are not in it. */
export class Progress {
  private readonly nodes = new Map<string, NodeProgress>();

  constructor(private readonly promptId: string) {}

  start(nodeId: string): void {
    this.nodes.set(nodeId, { value: 0, max: 1, state: 'running' });
  }

  update(nodeId: string, value: number, max: number): void {
    this.nodes.set(nodeId, { value, max, state: 'running' });
  }

  finish(nodeId: string): void {
    const { max } = this.nodes.get(nodeId) ?? { max: 1 };
    this.nodes.set(nodeId, { value: max, max, state: 'finished' });
  }

  /** The data of a `progress_state` event. */
  get state(): JsonObject {
    const nodes = [...this.nodes].map(([nodeId, { value, max, state }]) => [
      nodeId,
      {
        value,
        max,
        state,
        node_id: nodeId,
        prompt_id: this.promptId,
        display_node_id: nodeId,
        parent_node_id: null,
        real_node_id: nodeId,
      },
    ]);
    return { prompt_id: this.promptId, nodes: Object.fromEntries(nodes) as JsonObject };
  }
}
