/*
 * Loads that an invalidation overtakes (rows 10 and 11 of the table of races that the design was drawn from), in a
 * cache with values near. The change is made by another process past the proxy, so nothing here knows of it.
 */
import type { RedisCache } from '../../../index';
import { gate, isNear, ProxiedApp, untilNear } from '../../../testing/proxied-app';
import { EntryJudge } from '../entry/entry-judge';
import { decode, encode } from '../entry/envelope';
import { FleetFlights } from './fleet-flights';
import { SingleFlight } from './single-flight';

interface Thing {
  n: number;
}

const options = { ttl: 60_000, jitter: 0, tags: (id: string) => [`thing:${id}`, 'things'] };
const old = { n: 1 };
const current = { n: 2 };

const app = new ProxiedApp();
let near: RedisCache<Thing>;
let other: RedisCache<Thing>;

beforeEach(async () => {
  near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
  other = app.there.redis.cache<Thing>('thing', options);
  await other.set('warm', { n: 0 });
  await untilNear(near, 'warm');
});

const load = (value: Thing) => async () => value;

/** Has `near` load the old state, and changes it while the load runs. */
async function overtake(change: () => Promise<unknown>) {
  const [slow, started] = [gate<Thing>(), gate<void>()];
  const loading = near.getOrSet('1', () => {
    started.open();
    return slow.promise;
  });
  await started.promise;
  await change();
  return { finish: () => (slow.open(old), loading) };
}

/** What the next readers get, wherever they are. */
async function servedAfter(change: () => Promise<unknown>): Promise<Thing[]> {
  const { finish } = await overtake(change);
  expect(await finish()).toEqual(old); // who asked before the change may have the state from before
  const values = [await other.getOrSet('1', load(current)), await near.getOrSet('1', load(current))];
  await untilNear(near, '1');
  return [...values, await near.getOrSet('1', load(current))] as Thing[];
}

const byFence: [string, () => Promise<unknown>][] = [
  ['delete', () => other.delete('1')],
  ['set', () => other.set('1', current)],
  ['FLUSHALL', () => app.server.cli('FLUSHALL')],
];
const byTag: [string, () => Promise<unknown>][] = [
  ['tag of the value', () => app.there.redis.invalidateTags(['thing:1'])],
  ['tag of all', () => app.there.redis.invalidateTags(['things'])],
  ['clear', () => other.clear()],
];

describe('changed elsewhere while the load runs (row 10)', () => {
  it.each([...byFence, ...byTag])(
    '%s: the old state is not served to anybody who asks after',
    async (_, change) => {
      expect(await servedAfter(change)).toEqual([current, current, current]);
    },
  );

  it('tag that the loader chose, before it said so: the old state is not served', async () => {
    const [slow, started] = [gate<Thing>(), gate<void>()];
    const loading = near.getOrSet('1', async ({ addTags }) => {
      started.open();
      const value = await slow.promise;
      addTags('chosen');
      return value;
    });
    await started.promise;
    await app.there.redis.invalidateTags(['chosen']);
    slow.open(old);
    await loading;
    expect(await other.getOrSet('1', load(current))).toEqual(current);
    expect(await near.getOrSet('1', load(current))).toEqual(current);
  });

  /** Stores whatever was loaded, whoever has the right to. */
  function withoutFence(): void {
    const { begin } = FleetFlights.prototype;
    jest.spyOn(FleetFlights.prototype, 'begin').mockImplementation(async function (
      this: FleetFlights,
      key,
      ...words
    ) {
      const grant = await begin.call(this, key, ...words);
      if (grant.is !== 'yours') return grant;
      const fill: typeof grant.flight.fill = (entry, ttl) =>
        app.there.client.set(key, encode(entry), { ttl });
      return { ...grant, flight: { ...grant.flight, fill } };
    });
  }

  // After FLUSHALL the tags are gone, too: what was loaded under them never matches again, with the fence or without.
  it.each(byFence.slice(0, 2))('mutant, %s: without the fence on fills it is', async (_, change) => {
    withoutFence();
    expect(await servedAfter(change)).toEqual([old, old, old]);
  });

  it.each(byTag)('mutant, %s: without the check of tags it is', async (_, change) => {
    interface Placed {
      at: number;
      generationAt: number;
      tags: string[];
      tagsAt: number[];
    }
    type Judge = (placed: Placed, values: (Buffer | null)[]) => unknown;
    const prototype = EntryJudge.prototype as unknown as { judge: Judge };
    const { judge } = prototype;
    jest.spyOn(prototype, 'judge').mockImplementation(function (this: unknown, placed, values) {
      const entry = decode(values[placed.at] ?? Buffer.alloc(0));
      const same = [...values];
      if (typeof entry === 'object' && !('is' in entry)) {
        same[placed.generationAt] = Buffer.from(entry.generation);
        placed.tags.forEach(
          (tag, i) => (same[placed.tagsAt[i] as number] = Buffer.from(entry.tags?.[tag] ?? '')),
        );
      }
      return judge.call(this, placed, same);
    });
    expect(await servedAfter(change)).toEqual([old, old, old]);
  });
});

describe('changed in the same process while the load runs: who asks after does not join it (row 11)', () => {
  const changes: [string, () => Promise<void>][] = [
    ['delete', () => near.delete('1')],
    ['delete of many', () => near.delete(['0', '1'])],
    ['set', () => near.set('1', current)],
    ['tag', () => app.here.redis.invalidateTags(['things'])],
    ['clear', () => near.clear()],
  ];

  async function askedAfter(change: () => Promise<void>): Promise<Thing | null> {
    const { finish } = await overtake(change);
    const asked = near.getOrSet('1', load(current));
    await app.here.client.ping();
    await finish();
    const value = await asked;
    await untilNear(near, '1');
    expect(await near.get('1')).toEqual(value);
    return value;
  }

  it.each(changes)('%s', async (_, change) => {
    expect(await askedAfter(change)).toEqual(current);
    expect(isNear(near, '1')).toBe(true);
  });

  it('mutant: a load that is not forgotten is joined', async () => {
    jest.spyOn(SingleFlight.prototype, 'forget').mockReturnValue(undefined);
    const { finish } = await overtake(() => near.delete('1'));
    const asked = near.getOrSet('1', load(current));
    await app.here.client.ping();
    await finish();
    expect(await asked).toEqual(old);
  });
});
