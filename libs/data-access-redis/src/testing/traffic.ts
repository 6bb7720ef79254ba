import type { RedisError } from '../index';

export interface Traffic {
  done: number;
  /** How often each code. */
  readonly errors: Map<string, number>;
  /** Calls that may have happened although they failed. */
  unknown: number;
  /** In ms. */
  slowest: number;
}

const running = new Set<() => Promise<unknown>>();

/** Ends all that a test has left behind, one that failed above all. */
export async function stopTraffic(): Promise<void> {
  await Promise.all([...running].map((stop) => stop()));
}

/** Calls again and again until it is told to stop, or {@link stopTraffic}; says how the calls ended. */
export function traffic(call: () => Promise<unknown>): { so: Traffic; stop(): Promise<Traffic> } {
  let stopped = false;
  const so: Traffic = { done: 0, errors: new Map(), unknown: 0, slowest: 0 };
  const run = (async () => {
    while (!stopped) {
      const startedAt = performance.now();
      await call().then(
        () => (so.done += 1),
        ({ code, message, outcome }: RedisError) => {
          const what = code ?? message;
          so.errors.set(what, (so.errors.get(what) ?? 0) + 1);
          if (outcome === 'unknown') so.unknown += 1;
        },
      );
      so.slowest = Math.max(so.slowest, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return so;
  })();
  const stop = () => {
    stopped = true;
    running.delete(stop);
    return run;
  };
  running.add(stop);
  return { so, stop };
}
