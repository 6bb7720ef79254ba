import { ComfyUiServer } from './comfyui-server';
import type { ComfyUiVersion } from './dialect/version';
import type { Pace } from './execution/pace';
import type { FaultSwitches } from './faults/fault-switches';
import type { FaultSettings } from './faults/faults';
import type { InstanceOptions } from './instance';
import type { Ledger } from './ledger/ledger';
import type { NodeClass } from './nodes/node-class';

export interface ComfyUiOptions {
  /** Which real version it is like; `0.33.0` by default, `0.3.64` has no `/api/jobs`. */
  version?: ComfyUiVersion;
  /** A free one by default. */
  port?: number;
  /** Where it listens; `127.0.0.1` by default. */
  host?: string;
  /** Milliseconds that a KSampler takes for one prompt, all its steps together; 50 by default. */
  paintMs?: number;
  /** Whether a KSampler sends a preview with each step; true by default, though the real server must be told to. */
  previews?: boolean;
  /** The names of the checkpoints that are there; `sluice-simulator.safetensors` by default. */
  checkpoints?: readonly string[];
  /**
   * Where files and the ledger lie, absolute. By default a folder in the system's temporary one, deleted by `stop()`.
   */
  directory?: string;
  /** Faults that are on from the start. */
  faults?: FaultSettings;
}

/** What tests of the simulator itself put in its place. */
export interface ComfyUiInternals {
  /** How time passes in running nodes. */
  readonly pace?: Pace;
  /** Nodes besides the usual ones. */
  readonly nodes?: readonly NodeClass[];
  /** Python's sets have no order: says in which one the outputs of a prompt come. */
  readonly orderOutputs?: InstanceOptions['orderOutputs'];
}

/** A ComfyUI server in this process, as far as a client can tell. */
export interface ComfyUi {
  readonly url: string;
  readonly port: number;
  readonly version: ComfyUiVersion;
  /** Where its files and its ledger lie. */
  readonly directory: string;
  readonly faults: FaultSwitches;
  /** What it has done so far, over all its lives. */
  readonly ledger: Ledger;
  /** How many sockets are open, deaf ones included. */
  readonly openSockets: number;
  /** As SIGKILL does: connections are cut, queue and history are gone, nobody listens. Files stay. */
  kill(): Promise<void>;
  /** Starts again on the same port with an empty queue and history. Kills it first when it still runs. */
  restart(): Promise<void>;
  /** Ends it for good. Safe to call twice. @throws Error when the simulator itself failed */
  stop(): Promise<void>;
}

/**
 * Starts a server that speaks like ComfyUI and paints real PNGs.
 * @example
 * const comfy = await startComfyUi({ paintMs: 200 });
 * await comfy.faults.on('lost-reply', { times: 1 });
 * // … POST `${comfy.url}/prompt` …
 * expect(comfy.ledger.paintedTwice).toEqual([]);
 * await comfy.stop();
 */
export async function startComfyUi(
  options: ComfyUiOptions = {},
  internals: ComfyUiInternals = {},
): Promise<ComfyUi> {
  const server = new ComfyUiServer(options, internals);
  await server.start().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return server;
}
