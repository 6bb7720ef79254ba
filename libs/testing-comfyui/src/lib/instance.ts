import { type Dialect } from './dialect/dialect';
import { type CurrentRun } from './execution/current-run';
import { Interrupts } from './execution/interrupts';
import { nodeWork } from './execution/node-work';
import type { Pace } from './execution/pace';
import { ResultCache } from './execution/result-cache';
import { work } from './execution/worker';
import type { ClaimedFiles } from './files/claimed-files';
import type { FileStore } from './files/file-store';
import type { ActiveFaults } from './faults/fault-switches';
import type { LedgerBook } from './ledger/ledger';
import type { NodeClass, Surroundings } from './nodes/node-class';
import { Sockets } from './protocol/sockets';
import type { JsonObject } from './python/json';
import { CreateClock } from './queue/create-clock';
import { PromptNumbers } from './queue/prompt-numbers';
import { PromptQueue } from './queue/prompt-queue';

/** What outlives a life of the server, and how it is set up. */
export interface InstanceOptions {
  readonly dialect: Dialect;
  readonly classes: ReadonlyMap<string, NodeClass>;
  readonly checkpoints: readonly string[];
  readonly files: FileStore;
  readonly claimed: ClaimedFiles;
  readonly faults: ActiveFaults;
  readonly ledger: LedgerBook;
  readonly paintMs: number;
  readonly previews: boolean;
  readonly pace: Pace;
  readonly orderOutputs: (promptId: string, outputs: readonly string[]) => readonly string[];
}

/** One life of the server: all that is in its memory, and gone with it. */
export class Instance {
  readonly dialect: Dialect;
  readonly classes: ReadonlyMap<string, NodeClass>;
  readonly files: FileStore;
  readonly claimed: ClaimedFiles;
  readonly ledger: LedgerBook;
  readonly orderOutputs: InstanceOptions['orderOutputs'];
  readonly surroundings: Surroundings;
  readonly sockets: Sockets;
  readonly queue: PromptQueue;
  readonly interrupts = new Interrupts();
  readonly numbers = new PromptNumbers();
  readonly clock = new CreateClock();
  /** Rejects when the simulator itself is at fault; ends with the life otherwise. */
  readonly worker: Promise<void>;
  private readonly end = new AbortController();

  constructor(options: InstanceOptions) {
    const { checkpoints, dialect, faults, files } = options;
    this.dialect = dialect;
    this.classes = options.classes;
    this.files = files;
    this.claimed = options.claimed;
    this.ledger = options.ledger;
    this.orderOutputs = options.orderOutputs;
    this.surroundings = {
      dialect,
      files,
      checkpoints: () => (faults.get('missing-model') ? [] : checkpoints),
    };
    const current: CurrentRun = { clientId: null, nodeId: null };
    this.sockets = new Sockets(faults, current, dialect.features, () => ({ status: this.queueInfo() }));
    this.queue = new PromptQueue(() => this.sockets.sendStatus());

    files.emptyTemp();
    options.ledger.beginLife();
    const { interrupts, queue, sockets, surroundings } = this;
    const shared = { ...options, interrupts, surroundings, gone: this.end.signal };
    this.worker = work({
      ...shared,
      queue,
      sockets,
      current,
      cache: new ResultCache(),
      workFor: (item) => nodeWork(item, shared),
    });
    this.worker.catch((error: unknown) => console.error('The ComfyUI simulator failed:', error));
  }

  queueInfo(): JsonObject {
    return { exec_info: { queue_remaining: this.queue.remaining } };
  }

  clearQueue(): void {
    for (const promptId of this.queue.clear()) this.ledger.write({ what: 'deleted', promptId });
  }

  deleteWaiting(promptId: unknown): boolean {
    const deleted = this.queue.deleteWaiting(promptId);
    if (deleted) this.ledger.write({ what: 'deleted', promptId: promptId as string });
    return deleted;
  }

  deleteFinished(promptId: unknown): void {
    const deleted = typeof promptId === 'string' && this.queue.history.delete(promptId);
    if (deleted) this.ledger.write({ what: 'deleted', promptId });
  }

  /** Takes a waiting prompt out, or asks the running one to stop; false for any other. */
  cancel(promptId: string): boolean {
    if (this.deleteWaiting(promptId)) return true;
    const runs = this.queue.running.some((item) => item.promptId === promptId);
    if (runs) this.interrupts.ask();
    return runs;
  }

  /** The process is gone: what runs is dropped where it stands. */
  die(): void {
    this.end.abort();
    this.queue.nudge();
  }
}
