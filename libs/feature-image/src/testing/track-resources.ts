import { createHook } from 'node:async_hooks';

export interface ResourceTracker {
  /** Where those were made that are still there. */
  readonly alive: readonly string[];
  stop(): void;
}

const KINDS = ['Timeout', 'TCPWRAP', 'TCPCONNECTWRAP', 'TLSWRAP'];

/**
 * Timers and connections that code of a folder makes from now on, also those that do not keep a process alive.
 * @param folder a part of the path of the files whose doing counts, specs left out
 */
export function trackResources(folder: string): ResourceTracker {
  const made = new Map<number, string>();
  const hook = createHook({
    init(id, kind) {
      if (!KINDS.includes(kind)) return;
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 50;
      const stack = new Error(kind).stack ?? '';
      Error.stackTraceLimit = stackTraceLimit;
      const isOurs = stack.split('\n').some((line) => line.includes(folder) && !line.includes('.spec.ts'));
      if (isOurs) made.set(id, stack);
    },
    destroy(id) {
      made.delete(id);
    },
  }).enable();
  return {
    get alive() {
      return [...made.values()];
    },
    stop: () => hook.disable(),
  };
}
