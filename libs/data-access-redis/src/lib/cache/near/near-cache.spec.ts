import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { NearMemory } from '../../../testing/measure-near-memory';
import { CacheStats } from '../cache-stats';
import { NearCache } from './near-cache';
import type { NearValue } from './near-cache';
import { protect } from './protect';
import { TagCells } from './tag-cells';

const MIB = 1_048_576;

function nearCache(maxBytes: number) {
  const cells = new TagCells();
  const stats = new CacheStats('thing', () => undefined);
  return { cells, stats, near: new NearCache<unknown>(maxBytes, cells, stats) };
}

function value(shared: unknown, until = Infinity, tagKeys: string[] = ['generation']): NearValue<unknown> {
  return {
    shared,
    text: undefined,
    bytes: protect(shared),
    until,
    freshUntil: until,
    loadMs: 0,
    tagKeys,
  };
}

/** In a process of its own, in whose heap nothing else comes or goes. */
async function measureNearMemory(maxBytes: number): Promise<NearMemory> {
  const child = fork(join(__dirname, '../../../testing/measure-near-memory.ts'), [String(maxBytes)], {
    execArgv: ['--expose-gc', '--conditions=@sluice/source', '--require=@sluice/testing-servers/register'],
  });
  try {
    const [memory] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [NearMemory];
    return memory;
  } finally {
    child.kill('SIGKILL');
  }
}

describe('values kept in the process', () => {
  it('are served until their time and no longer', () => {
    const { near } = nearCache(MIB);
    near.set('1', value({ n: 1 }, 100));
    expect(near.get('1', 99)?.shared).toEqual({ n: 1 });
    expect(near.get('1', 100)).toBeUndefined();
    expect(near.size).toBe(0);
  });

  it('go with each of their tags, and leave nothing behind', () => {
    const { near, cells } = nearCache(MIB);
    near.set('1', value(1, Infinity, ['all', 'one']));
    near.set('2', value(2, Infinity, ['all', 'two']));
    cells.invalidate('one');
    expect(near.get('1', 0)).toBeUndefined();
    expect(near.get('2', 0)?.shared).toBe(2);
    near.set('1', value(3, Infinity, ['all', 'one'])); // the tag has another version now
    expect(near.get('1', 0)?.shared).toBe(3);
    cells.invalidate('all');
    expect([near.get('1', 0), near.get('2', 0), near.size, near.bytes, cells.size]).toEqual([
      undefined,
      undefined,
      0,
      0,
      0,
    ]);
  });

  it('hot ones stay, whatever streams past (SIEVE)', () => {
    const { near, stats } = nearCache(64 * 1_024);
    for (let i = 0; i < 20; i++) near.set(`hot${i}`, value({ n: i }));
    for (let i = 0; i < 20_000; i++) {
      near.get(`hot${i % 20}`, 0);
      near.set(`cold${i}`, value({ n: i }));
    }
    for (let i = 0; i < 20; i++) expect(near.get(`hot${i}`, 0)?.shared).toEqual({ n: i });
    expect(stats.evictions).toBe(20 + 20_000 - near.size);
    expect(near.bytes).toBeLessThanOrEqual(64 * 1_024);
  });

  it('any history of sets, reads, evictions and clears keeps the bound, the count and the order', () => {
    const { near, cells } = nearCache(16 * 1_024);
    let seed = 11;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const model = new Map<string, number>();
    for (let step = 0; step < 10_000; step++) {
      const id = String(random(120));
      const kind = random(100);
      if (kind < 50) {
        near.set(id, value('x'.repeat(random(300)), Infinity, ['all', `tag${random(30)}`]));
        model.set(id, step);
      } else if (kind < 90) expect(near.get(id, 0) === undefined || model.has(id)).toBe(true);
      else if (kind < 99) {
        near.evict(id);
        model.delete(id);
        expect(near.get(id, 0)).toBeUndefined();
      } else if (random(20) === 0) {
        near.clear();
        model.clear();
        expect([near.size, near.bytes, cells.size]).toEqual([0, 0, 0]);
      } else cells.invalidate(`tag${random(30)}`);
      expect(near.bytes).toBeLessThanOrEqual(16 * 1_024);
    }
    near.clear();
    expect([near.size, near.bytes, cells.size]).toEqual([0, 0, 0]);
  });

  it('a value too large for the room is not kept, and takes nothing with it for nothing', () => {
    const { near } = nearCache(8 * 1_024);
    near.set('1', value('x'));
    near.set('2', value('x'.repeat(10_000)));
    expect(near.get('2', 0)).toBeUndefined();
    expect(near.get('1', 0)?.shared).toBe('x');
  });

  it('400,000 of them: the memory stays within a tenth of the bound, and is given back', async () => {
    const { kept, held, left, tags } = await measureNearMemory(64 * MIB);
    expect(kept).toBeGreaterThan(50_000);
    expect(held).toBeLessThan(1.1 * 64 * MIB);
    expect(held).toBeGreaterThan(0.7 * 64 * MIB);
    expect(left).toBeLessThan(0.1 * 64 * MIB);
    expect(tags).toBe(0);
  });
});

describe('what protects a shared value', () => {
  it('freezes it to its last leaf', () => {
    const shared = { list: [{ n: 1 }], deep: { er: { s: 'x' } } };
    expect(protect(shared)).toBeGreaterThan(0);
    expect(() => ((shared.list[0] as { n: number }).n = 2)).toThrow(TypeError);
    expect(() => shared.list.push({ n: 2 })).toThrow(TypeError);
    expect(() => (shared.deep.er.s = 'y')).toThrow(TypeError);
  });

  it.each([
    ['a Date', new Date()],
    ['a Map', new Map()],
    ['an instance of a class', new (class Thing {})()],
    ['a function', () => undefined],
    ['one of them inside', { list: [new Date()] }],
  ])('says so when it cannot: %s', (_, unprotectable) => {
    expect(protect(unprotectable)).toBe(-1);
  });
});
