import type { FaultProxy } from '@sluice/testing-servers';
import type { World } from './world';

/** What a fault has done when it has struck. */
export interface Struck {
  /** Which instances have no answer of Redis at all while it lasts. */
  readonly cutOff?: readonly number[];
  /** What it must leave behind is known already: there was something to be lost. */
  readonly hit?: boolean;
  /** Ends it. */
  readonly end?: () => Promise<void>;
}

export interface FaultKind {
  readonly name: string;
  /** How long it lasts, in seconds: at least, and at most. */
  readonly lasts: readonly [least: number, most: number];
  /** Brings it about; bounded. `random` decides what is left open. */
  strike(world: World, random: () => number, lastsMs: number): Promise<Struck>;
}

const one = (random: () => number, count: number) => Math.floor(random() * count);
const all = ({ instances }: World) => instances.map((_, n) => n);

/** Nothing arrives for a while. Then TCP sends all of it again, or the connections are gone: it never leaves a part out. */
function blackHole(proxies: readonly FaultProxy[], cutOff: readonly number[], isBack: boolean): Struck {
  for (const proxy of proxies) proxy.hold();
  const end = async () => {
    for (const proxy of proxies) {
      if (!isBack) proxy.reset();
      await proxy.heal();
    }
  };
  return { cutOff, end };
}

/** Every way in which a soak breaks Redis, or the way to it. */
export const FAULTS: readonly FaultKind[] = [
  {
    name: 'Redis killed, and started again empty',
    lasts: [1, 6],
    async strike(world) {
      await world.redis.kill();
      return { cutOff: all(world), end: () => world.redis.restart() };
    },
  },
  {
    name: 'Redis restarted empty at once',
    lasts: [0, 0],
    async strike({ redis }) {
      await redis.restart();
      return {};
    },
  },
  {
    name: 'Redis frozen',
    lasts: [1, 6],
    async strike(world) {
      world.redis.freeze();
      return { cutOff: all(world), end: async () => world.redis.thaw() };
    },
  },
  {
    name: 'CLIENT PAUSE',
    lasts: [1, 4],
    async strike(world, _, lastsMs) {
      await world.redis.cli('CLIENT', 'PAUSE', String(Math.round(lastsMs)), 'ALL');
      return { cutOff: all(world) };
    },
  },
  {
    name: 'a black hole before Redis',
    lasts: [1, 6],
    strike: async (world, random) => blackHole(world.proxies, all(world), random() < 0.5),
  },
  {
    name: 'a black hole before Redis, of one instance alone',
    lasts: [1, 6],
    async strike({ proxies }, random) {
      const n = one(random, proxies.length);
      return blackHole(proxies.slice(n, n + 1), [n], random() < 0.5);
    },
  },
  {
    name: 'answers of Redis late by 300 ms',
    lasts: [2, 6],
    async strike({ proxies }) {
      for (const proxy of proxies) proxy.delay(300, 'toClient');
      const end = async () => {
        for (const proxy of proxies) await proxy.heal();
      };
      return { end };
    },
  },
  {
    name: 'all connections to Redis reset',
    lasts: [0, 0],
    async strike({ proxies }) {
      for (const proxy of proxies) proxy.reset();
      return {};
    },
  },
  {
    name: 'FLUSHALL',
    lasts: [0, 0],
    async strike({ redis }) {
      const keys = Number(await redis.cli('DBSIZE'));
      await redis.cli('FLUSHALL');
      return { hit: keys > 0 };
    },
  },
];

/** All of them in a random order, then all of them again, so that each comes as often as any other. */
export function* faultsInTurn(random: () => number): Generator<FaultKind, never> {
  for (;;) {
    const left = [...FAULTS];
    while (left.length > 0) yield left.splice(one(random, left.length), 1)[0] as FaultKind;
  }
}
