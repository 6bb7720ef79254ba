/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Given by `THROTTLE_SEED` to have a run of chance again, else a new one. */
export function throttleSeed(): number {
  return Number(process.env['THROTTLE_SEED'] ?? Math.floor(Math.random() * 1_000_000));
}
