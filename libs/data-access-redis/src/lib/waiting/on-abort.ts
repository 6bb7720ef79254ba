/** Who is told of each signal. */
const listening = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal aborts. It listens once for all who wait on one signal: Node warns of more than ten
 * listeners, and a signal may well end the waiting of many.
 *
 * @returns what ends it
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = listening.get(signal);
  if (!callbacks) {
    callbacks = new Set();
    listening.set(signal, callbacks);
    signal.addEventListener('abort', tellAll, { once: true });
  }
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0 || listening.get(signal) !== callbacks) return;
    listening.delete(signal);
    signal.removeEventListener('abort', tellAll);
  };
}

function tellAll(this: AbortSignal): void {
  const callbacks = listening.get(this) ?? [];
  listening.delete(this);
  for (const callback of callbacks) callback();
}
