import type { Dialect } from '../dialect/dialect';
import type { FileReference, FileStore } from '../files/file-store';
import type { Json, JsonObject } from '../python/json';

/** A type such as `IMAGE` or `INT`, or the values to choose from; then its limits, when it has any. */
export type InputSpec = readonly [type: string | readonly string[], options?: JsonObject];

export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** What a node's declaration may depend on. */
export interface Surroundings {
  readonly dialect: Dialect;
  readonly files: FileStore;
  /** The checkpoints that are there at this moment. */
  checkpoints(): readonly string[];
}

/** A class of nodes: what `/object_info` says of it, and what it does. */
export interface NodeClass {
  readonly name: string;
  readonly displayName: string;
  /** What the older version calls it, where that differs. */
  readonly oldDisplayName?: string;
  readonly category: string;
  readonly oldCategory?: string;
  readonly pythonModule?: string;
  readonly searchAliases?: readonly string[];
  readonly essentials?: string;
  readonly outputTooltips?: readonly string[];
  /** A graph needs one of those. */
  readonly isOutput?: boolean;
  required(surroundings: Surroundings): InputSpecs;
  /** Inputs that the server fills in: `{ prompt: 'PROMPT' }`. */
  readonly hidden?: Readonly<Record<string, string>>;
  outputs(dialect: Dialect): readonly string[];
  readonly outputNames?: readonly string[];
  /** A check of its own, instead of those by the declared limits. Says what is wrong, or nothing. */
  check?(inputs: JsonObject, surroundings: Surroundings): { input: string; problem: string } | undefined;
  /** Something besides the inputs that a cached result depends on. */
  fingerprint?(inputs: JsonObject, surroundings: Surroundings): string;
  /** @throws PythonError what `execution_error` will tell */
  run(inputs: NodeInputs, work: NodeWork): Promise<NodeResult> | NodeResult;
}

/** The values of a node's inputs, links resolved. */
export type NodeInputs = Readonly<Record<string, unknown>>;

export interface NodeResult {
  readonly values: readonly unknown[];
  readonly images?: readonly FileReference[];
}

/** What a node may do while it runs. */
export interface NodeWork extends Surroundings {
  /** The graph, and `extra_pnginfo` of the request. */
  readonly prompt: Json;
  readonly pngInfo: Json;
  /** Milliseconds that one painting takes, all its steps together. */
  readonly paintMs: number;
  /** Whether samplers show what they are at. */
  readonly previews: boolean;
  /** Lets time pass. */
  pause(milliseconds: number): Promise<void>;
  /**
   * Tells how far the node is, with a preview where the server sends such.
   * @throws Interrupted when that was asked for; a node that never tells cannot be interrupted
   */
  progress(value: number, of: number, preview?: Buffer): void;
  /** Waits while the fault `never-ends` holds this job. */
  hold(): Promise<void>;
  /** Writes an image, faults included. */
  save(type: 'output' | 'temp', prefix: string, png: Buffer): FileReference;
}
