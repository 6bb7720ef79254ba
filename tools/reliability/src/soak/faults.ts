import { setTimeout as pause } from 'node:timers/promises';
import type { FaultProxy } from '@sluice/testing-servers';
import type { World } from './world';

export interface FaultKind {
  readonly name: string;
  /** Brings it about, lets it last, and ends it. Bounded; `random` decides what is left open. */
  run(world: World, random: () => number): Promise<void>;
}

const seconds = (random: () => number, least: number, most: number) =>
  (least + random() * (most - least)) * 1_000;
const one = <T>(random: () => number, of: readonly T[]) => of[Math.floor(random() * of.length)] as T;

/** Nothing arrives for a while. Then TCP sends all of it again, or the connections are gone: it never leaves a part out. */
async function blackHole(proxies: readonly FaultProxy[], random: () => number): Promise<void> {
  for (const proxy of proxies) proxy.hold();
  await pause(seconds(random, 1, 6));
  const isBack = random() < 0.5;
  for (const proxy of proxies) {
    if (!isBack) proxy.reset();
    await proxy.heal();
  }
}

/** Every way in which a soak breaks Redis, or the way to it. */
export const FAULTS: readonly FaultKind[] = [
  {
    name: 'Redis killed, and started again empty',
    async run({ redis }, random) {
      await redis.kill();
      await pause(seconds(random, 1, 6));
      await redis.restart();
    },
  },
  {
    name: 'Redis restarted empty at once',
    run: ({ redis }) => redis.restart(),
  },
  {
    name: 'Redis frozen',
    async run({ redis }, random) {
      redis.freeze();
      await pause(seconds(random, 1, 6)).finally(() => redis.thaw());
    },
  },
  {
    name: 'CLIENT PAUSE',
    async run({ redis }, random) {
      const ms = Math.round(seconds(random, 1, 4));
      await redis.cli('CLIENT', 'PAUSE', String(ms), 'ALL');
      await pause(ms);
    },
  },
  {
    name: 'a black hole before Redis',
    run: ({ proxies }, random) => blackHole(proxies, random),
  },
  {
    name: 'a black hole before Redis, of one instance alone',
    run: ({ proxies }, random) => blackHole([one(random, proxies)], random),
  },
  {
    name: 'answers of Redis late by 300 ms',
    async run({ proxies }, random) {
      for (const proxy of proxies) proxy.delay(300, 'toClient');
      await pause(seconds(random, 2, 6));
      for (const proxy of proxies) await proxy.heal();
    },
  },
  {
    name: 'all connections to Redis reset',
    async run({ proxies }) {
      for (const proxy of proxies) proxy.reset();
    },
  },
  {
    name: 'FLUSHALL',
    run: async ({ redis }) => void (await redis.cli('FLUSHALL')),
  },
];

/** All of them in a random order, then all of them again, so that each comes as often as any other. */
export function* faultsInTurn(random: () => number): Generator<FaultKind, never> {
  for (;;) {
    const left = [...FAULTS];
    while (left.length > 0) yield left.splice(Math.floor(random() * left.length), 1)[0] as FaultKind;
  }
}
