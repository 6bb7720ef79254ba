import type { Json, JsonObject } from '../python/json';
import { type QueueItem, shownItem, withoutSecrets } from './queue-item';

/** What is known of a prompt that has run. */
export interface Finished {
  readonly item: QueueItem;
  readonly outputs: JsonObject;
  readonly meta: JsonObject;
  readonly succeeded: boolean;
  /** The run's events, `[name, data]`. */
  readonly messages: readonly (readonly [string, JsonObject])[];
}

/** The real server keeps that many, and drops the oldest. */
const kept = 10_000;

/** What has run, oldest first, in memory alone. The same id again overwrites what there was. */
export class History {
  private readonly entries = new Map<string, Finished>();

  add(finished: Finished): void {
    const { promptId } = finished.item;
    const oldest = this.entries.keys().next().value;
    if (this.entries.size >= kept && oldest !== undefined) this.entries.delete(oldest);
    this.entries.set(promptId, { ...finished, item: withoutSecrets(finished.item) });
  }

  get(promptId: string): Finished | undefined {
    return this.entries.get(promptId);
  }

  delete(promptId: string): boolean {
    return this.entries.delete(promptId);
  }

  get all(): Finished[] {
    return [...this.entries.values()];
  }
}

/** As `/history` shows it. */
export function shownFinished(finished: Finished): Json {
  return {
    prompt: shownItem(finished.item),
    outputs: finished.outputs,
    status: shownStatus(finished),
    meta: finished.meta,
  };
}

export function shownStatus({ succeeded, messages }: Finished): JsonObject {
  return { status_str: succeeded ? 'success' : 'error', completed: succeeded, messages };
}
