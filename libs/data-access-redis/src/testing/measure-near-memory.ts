import { CacheStats } from '../lib/cache/cache-stats';
import { NearCache } from '../lib/cache/near/near-cache';
import { protect } from '../lib/cache/near/protect';
import { TagCells } from '../lib/cache/near/tag-cells';

/** In bytes of heap. */
export interface NearMemory {
  /** How many values are kept. */
  kept: number;
  held: number;
  /** What is still held when all are removed. */
  left: number;
  /** Tags that are still held then. */
  tags: number;
}

const MIB = 1_048_576;

/** Values of several shapes, as they are read from Redis. */
const TEXTS = [
  (i: number) => `{"n":${i}}`,
  (i: number) =>
    `{"id":"id-of-a-thing-${i}","name":"Thing ${i}","config":{"style":"anime","age":36},"list":[1,2,${i}]}`,
  (i: number) => `"${'x'.repeat(100)}${i}"`,
  (i: number) => `{"at":[1.5,${i}.25],"of":"日本語のテキスト ${i}"}`,
] as const;

/** The heap when nothing more can be collected. Needs `--expose-gc`, and a process that does nothing else. */
async function heap(): Promise<number> {
  let least = Infinity;
  for (;;) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    const used = process.memoryUsage().heapUsed;
    if (used > least - MIB / 4) return used;
    least = used;
  }
}

/** Puts 400,000 values into a near cache of so many bytes; 64 MiB have room for a third of them. */
async function measure(maxBytes: number): Promise<NearMemory> {
  const cells = new TagCells();
  const near = new NearCache<unknown>(maxBytes, cells, new CacheStats('thing', () => undefined));
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const shared: unknown = JSON.parse((TEXTS[i % 4] as (i: number) => string)(i));
      near.set(`id${i}`, {
        shared,
        text: undefined,
        bytes: protect(shared),
        until: Infinity,
        freshUntil: Infinity,
        loadMs: 0,
        tagKeys: i % 2 ? ['all'] : ['all', `thing:${i}`],
      });
    }
  };
  // First of all what only the first values bring: compiled code, and shapes of objects.
  fill(0, 10_000);
  near.clear();
  const before = await heap();
  fill(0, 400_000);
  const held = (await heap()) - before;
  const kept = near.size;
  near.clear();
  return { kept, held, left: (await heap()) - before, tags: cells.size };
}

process.once('disconnect', () => process.exit(1));
void measure(Number(process.argv[2])).then((memory) => process.send?.(memory, () => process.exit(0)));
