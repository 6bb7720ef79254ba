import type { Servers } from './servers/servers';

/** What of the system is watched while Redis fails. */
export const COLUMNS = [
  'cached read',
  'cache write',
  'invalidation',
  'lock holder',
  'waiter',
  'leader',
  'throttled request',
  'sign-in',
  'revocation',
  'image job',
  'readiness',
] as const;
export type Column = (typeof COLUMNS)[number];

/** What a fault does to commands and to what Redis had stored; promises differ by it. */
export interface Effect {
  /**
   * `lost`: none is answered, or all are refused, for as long as the fault lasts. `reads`: writes alone are refused.
   * `late`: all are answered, too late for a cache. `partly`: some are refused, or for some of the time. `served`: all.
   */
  readonly commands: 'lost' | 'reads' | 'late' | 'partly' | 'served';
  /**
   * `lost`: what was stored is gone, the latest when the fault is over. `behind`: what was written last may be gone, for
   * masters do not wait for their replicas.
   */
  readonly data: 'kept' | 'behind' | 'lost';
}

/** A way in which Redis can fail: a row of the matrix. */
export interface Fault<S extends Servers = Servers> {
  readonly name: string;
  /** In one sentence for the report. */
  readonly summary: string;
  readonly effect: Effect;
  /** How long it lasts, in ms, when it is not the same for all. */
  readonly lastsMs?: number;
  /** In the short matrix, too. */
  readonly short?: boolean;
  /**
   * Brings it about.
   * @param lastsMs how long it is to last, for faults that end by themselves
   * @returns what proves that it has hit
   * @throws Error when it has not
   */
  strike(servers: S, lastsMs: number): Promise<string>;
  /** Ends it; resolves when Redis is back. @returns more evidence, for what shows only afterwards */
  end(servers: S): Promise<string | void>;
}

/** One probe's look at one moment. */
export interface Sample {
  readonly column: Column;
  /** When it ended: epoch ms. */
  readonly at: number;
  readonly ms: number;
  /** A word or two: they are counted. */
  readonly outcome: string;
  /** Whether it was as it is while Redis is well. */
  readonly usual: boolean;
  /** Something that must never be, whatever Redis does. */
  readonly wrong?: string;
  /** Two had what only one may have: wrong unless Redis has lost its data. */
  readonly shared?: string;
  /** A write that came too late was accepted: wrong unless Redis has lost its data. */
  readonly stale?: string;
  /** What another process still read so many ms after it had been invalidated: wrong once Redis is well for a while. */
  readonly staleMs?: number;
  /** When a lock or leadership was known to be lost: epoch ms. */
  readonly lostAt?: number;
}

/** Epoch ms, begin and end. */
export type Span = readonly [from: number, to: number];

export interface Cell {
  readonly column: Column;
  readonly promised: string;
  readonly happened: string;
  /** The same after the fault. */
  readonly afterwards: string;
  /** In ms; undefined when nothing was measured. */
  readonly worstMs: number | undefined;
  readonly recoveredMs: number | undefined;
  readonly wrong: readonly string[];
  readonly unhandled: number;
  /** In MiB, of the process that the column runs in. */
  readonly grownMib: number | undefined;
  /** What was not as promised, whatever the machine does besides. */
  readonly failures: readonly string[];
  /** What came later than promised. */
  readonly late: readonly string[];
}

/** Green is a cell in which all was as promised, and in time. */
export function isRed({ failures, late }: Cell): boolean {
  return failures.length + late.length > 0;
}

export interface Row {
  readonly fault: string;
  readonly summary: string;
  readonly evidence: string;
  readonly lastedMs: number;
  readonly cells: readonly Cell[];
}

/** The same clock in all processes of this machine, in ms with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
