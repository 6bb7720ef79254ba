import type { ActiveFaults } from '../faults/fault-switches';
import { outOfMemory } from '../nodes/memory';
import type { NodeClass, NodeInputs, NodeResult, NodeWork, Surroundings } from '../nodes/node-class';
import type { Sockets } from '../protocol/sockets';
import type { Json, JsonObject } from '../python/json';
import { PythonError } from '../python/python-error';
import type { Finished } from '../queue/history';
import type { QueueItem } from '../queue/queue-item';
import type { CurrentRun } from './current-run';
import { isLink, nodeOf } from './graph';
import { Interrupted, type Interrupts } from './interrupts';
import { asPythonError, describeError } from './node-error';
import { Progress } from './progress';
import type { ResultCache } from './result-cache';
import { RunOrder } from './run-order';

/** What a run needs of the server it runs on. */
export interface RunContext {
  readonly classes: ReadonlyMap<string, NodeClass>;
  readonly cache: ResultCache;
  readonly sockets: Sockets;
  readonly interrupts: Interrupts;
  readonly faults: ActiveFaults;
  readonly current: CurrentRun;
  readonly surroundings: Surroundings;
  /** Fires when the server is gone. */
  readonly gone: AbortSignal;
  /** What nodes may do, but for telling their progress. */
  workFor(item: QueueItem): Omit<NodeWork, 'progress'>;
}

/** One run of one prompt, from `execution_start` to its last event but one; the queue has the last word. */
export class PromptRun {
  private readonly clientId: Json;
  private readonly progress: Progress;
  private readonly messages: [string, JsonObject][] = [];
  private readonly executed: string[] = [];
  private readonly outputs: JsonObject = {};
  private readonly meta: JsonObject = {};
  /** Values of this run's nodes, also of those that are not kept. */
  private readonly results = new Map<string, NodeResult>();
  private signatureOf: (nodeId: string) => string = () => '';

  constructor(
    private readonly item: QueueItem,
    private readonly context: RunContext,
  ) {
    this.clientId = item.extraData['client_id'] ?? null;
    this.progress = new Progress(item.promptId);
  }

  async run(): Promise<Finished> {
    const { context, item } = this;
    const { prompt } = item;
    context.interrupts.reset();
    context.current.clientId = this.clientId;
    context.current.nodeId = null;
    this.add('execution_start', {});

    const work = context.workFor(item);
    this.signatureOf = context.cache.beginPrompt(prompt, context.classes, context.surroundings);
    const isCached = (nodeId: string) => context.cache.get(this.signatureOf(nodeId)) !== undefined;
    this.add('execution_cached', { nodes: Object.keys(prompt).filter(isCached) });

    const isOutput = (nodeId: string) => this.classOf(nodeId).isOutput ?? false;
    const order = new RunOrder(prompt, item.outputs, isOutput, isCached);
    let succeeded = true;
    for (let nodeId = order.next(); succeeded && nodeId !== undefined; nodeId = order.next()) {
      if (isCached(nodeId)) this.reuse(nodeId);
      else succeeded = await this.runNode(nodeId, work);
      order.finish(nodeId);
    }
    if (succeeded) this.add('execution_success', {});
    context.current.nodeId = null;
    return { item, outputs: this.outputs, meta: this.meta, succeeded, messages: this.messages };
  }

  private reuse(nodeId: string): void {
    const { result, meta } = this.context.cache.get(this.signatureOf(nodeId)) ?? {
      result: { values: [] },
      meta: {},
    };
    this.keep(nodeId, result, meta);
    this.progress.finish(nodeId);
    this.tellProgress();
  }

  /** @returns whether the run goes on */
  private async runNode(nodeId: string, common: Omit<NodeWork, 'progress'>): Promise<boolean> {
    const { context, progress } = this;
    const nodeClass = this.classOf(nodeId);
    const inputs = this.inputsOf(nodeId);
    progress.start(nodeId);
    this.tellProgress();
    this.tell('executing', { node: nodeId, display_node: nodeId });
    if (this.clientId !== null) context.current.nodeId = nodeId;

    const work: NodeWork = {
      ...common,
      progress: (value, of, preview) => this.step(nodeId, value, of, preview),
    };
    try {
      context.interrupts.check();
      await work.pause(0);
      this.raiseFaults(nodeClass.name);
      const result = await nodeClass.run(inputs, work);
      const meta = { node_id: nodeId, display_node: nodeId, parent_node: null, real_node_id: nodeId };
      context.cache.set(this.signatureOf(nodeId), { result, meta });
      this.keep(nodeId, result, meta);
    } catch (error) {
      context.gone.throwIfAborted();
      return this.endBy(error, nodeId, inputs, common);
    }
    progress.finish(nodeId);
    this.tellProgress();
    this.executed.push(nodeId);
    return true;
  }

  private keep(nodeId: string, result: NodeResult, meta: JsonObject): void {
    this.results.set(nodeId, result);
    if (!result.images) return;
    const output: JsonObject = { images: result.images.map((image) => ({ ...image })) };
    this.outputs[nodeId] = output;
    this.meta[nodeId] = meta;
    this.tell('executed', { node: nodeId, display_node: nodeId, output });
  }

  private step(nodeId: string, value: number, max: number, preview?: Buffer): void {
    const { sockets, interrupts } = this.context;
    const { promptId } = this.item;
    interrupts.check();
    this.progress.update(nodeId, value, max);
    this.tellProgress();
    // Who has said so gets the preview with its metadata and first, others bare and last.
    if (preview) sockets.sendPreviewWithMetadata(preview, nodeId, promptId, this.clientId);
    sockets.send('progress', { value, max, prompt_id: promptId, node: nodeId }, this.clientId);
    if (preview) sockets.sendBarePreview(preview, this.clientId);
  }

  private endBy(
    error: unknown,
    nodeId: string,
    inputs: NodeInputs,
    work: Pick<NodeWork, 'prompt' | 'pngInfo'>,
  ): false {
    const nodeClass = this.classOf(nodeId);
    const place = { node_id: nodeId, node_type: nodeClass.name, executed: this.executed };
    if (error instanceof Interrupted) {
      this.add('execution_interrupted', place);
      return false;
    }
    const raised = asPythonError(error);
    if (!raised) throw error;
    const hidden = { prompt: work.prompt, extra_pnginfo: work.pngInfo };
    const told = describeError(raised, inputs, nodeClass, hidden);
    this.add('execution_error', { ...place, ...told, current_outputs: Object.keys(this.item.prompt) });
    return false;
  }

  private raiseFaults(className: string): void {
    const { faults } = this.context;
    const strikes = ({ node = 'KSampler' }: { node?: string }) => node === className;
    const raises = faults.take('node-raises', strikes);
    if (raises)
      throw new PythonError(raises.type ?? 'RuntimeError', raises.message ?? 'made to fail by the simulator');
    if (faults.take('out-of-memory', strikes)) throw outOfMemory('Tried to allocate 20.00 GiB (simulated)');
  }

  private inputsOf(nodeId: string): NodeInputs {
    const { inputs, classType } = nodeOf(this.item.prompt, nodeId);
    const declared = this.context.classes.get(classType)?.required(this.context.surroundings) ?? {};
    const given = Object.entries(inputs).filter(([name]) => Object.hasOwn(declared, name));
    return Object.fromEntries(
      given.map(([name, value]) => [name, isLink(value) ? this.valueOf(value[0], value[1]) : value]),
    );
  }

  private valueOf(nodeId: string, output: number): unknown {
    const result = this.results.get(nodeId) ?? this.context.cache.get(this.signatureOf(nodeId))?.result;
    return result?.values[output];
  }

  private classOf(nodeId: string): NodeClass {
    return this.context.classes.get(nodeOf(this.item.prompt, nodeId).classType) as NodeClass;
  }

  /** An event that the history keeps. Without a client id nobody hears it. */
  private add(event: string, data: JsonObject): void {
    const told = { prompt_id: this.item.promptId, ...data, timestamp: Date.now() };
    this.messages.push([event, told]);
    if (this.clientId !== null) this.context.sockets.send(event, told, this.clientId);
  }

  private tell(event: string, data: JsonObject): void {
    if (this.clientId === null) return;
    this.context.sockets.send(event, { ...data, prompt_id: this.item.promptId }, this.clientId);
  }

  /** Without a client id everybody hears it. */
  private tellProgress(): void {
    this.context.sockets.send('progress_state', this.progress.state, this.clientId);
  }
}
