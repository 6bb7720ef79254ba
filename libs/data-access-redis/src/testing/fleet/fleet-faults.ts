import { setTimeout as pause } from 'node:timers/promises';
import type { FaultProxy, ProxiedConnection, Random, RedisProcess } from '@sluice/testing-servers';
import { monotonicNow } from './monotonic';
import { HOT_MS } from './soak-caches';

/** `slow` replies only, also `cut` links of near caches, or also everything else, in storms with calm between. */
export type FaultPlan = 'slow' | 'cut' | 'all';

export interface FaultCounts {
  /** Connections that were open and were cut. */
  cuts: number;
  /** Connections that the server was told to close, by type. */
  kills: number;
  /** Links on which everything stood still for a moment. */
  holds: number;
  flushes: number;
}

const STRIKES = ['cut commands', 'cut commands', 'cut invalidations', 'hold', 'kill', 'flush'] as const;
const TICK_MS = 40;
/** How much later than it could a reply arrives, at most. */
const MOST_DELAY_MS = { slow: 60, cut: 8, all: 8 };
const DARK_MS = 200;
/** In the second half of the time in which ids are hot, so that their last change is missed. */
const DARK_FROM = 0.5;
const CALM_MS = 1_500;
const STORM_MS = 1_000;

/** What goes wrong between the processes of a fleet and their Redis. Each process has a proxy of its own. */
export class FleetFaults {
  readonly counts: FaultCounts = { cuts: 0, kills: 0, holds: 0, flushes: 0 };
  private running: Promise<void> | undefined;
  private stopped = false;
  private beganAt = 0;
  /** What strikes next; each in its turn, so that a short run has all of them. */
  private deck: (typeof STRIKES)[number][] = [];

  constructor(
    private readonly redis: RedisProcess,
    private readonly proxies: readonly FaultProxy[],
    private readonly plan: FaultPlan,
    private readonly random: Random,
  ) {}

  /** @param beganAt when the first ids began to be hot */
  start(beganAt: number): void {
    this.beganAt = beganAt;
    this.running = this.run();
  }

  /** Resolves when all is well again. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await Promise.all(this.proxies.map((proxy) => proxy.heal()));
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      // Replies that come later than the invalidations that were sent after them.
      for (const connection of this.connections()) {
        connection.delay(
          isOfNearCaches(connection) ? 0 : this.random.below(MOST_DELAY_MS[this.plan]),
          'toClient',
        );
      }
      const inStorm = (monotonicNow() - this.beganAt) % (CALM_MS + STORM_MS) > CALM_MS;
      if (this.plan === 'cut') await this.leaveInTheDark(2);
      if (this.plan === 'all' && inStorm && this.random.chance(0.4)) await this.strike();
      await pause(this.plan === 'cut' ? this.untilAlmostCold() : TICK_MS);
    }
  }

  private async strike(): Promise<void> {
    if (this.deck.length === 0) this.deck = this.random.shuffled(STRIKES);
    switch (this.deck.pop()) {
      case 'cut commands':
        return this.cutOne(this.connections().filter((connection) => !isOfNearCaches(connection)));
      case 'cut invalidations':
        return this.leaveInTheDark(1);
      case 'hold':
        return this.holdOne();
      case 'kill':
        return this.killSome();
      case 'flush':
        await this.redis.cli('FLUSHALL');
        this.counts.flushes += 1;
    }
  }

  /** One connection, or all that are subscribed to something. */
  private async killSome(): Promise<void> {
    const named = (await this.redis.cli('CLIENT', 'LIST')).match(/^id=\d+(?=.* name=\S)/gm) ?? [];
    if (named.length === 0) return;
    const one = ['ID', this.random.pick(named).slice('id='.length)];
    const words = this.random.chance(0.3) ? ['TYPE', 'pubsub'] : one;
    this.counts.kills += Number(await this.redis.cli('CLIENT', 'KILL', ...words));
  }

  /** So many processes are not told what changes, for a while. */
  private async leaveInTheDark(count: number): Promise<void> {
    const dark = this.random.shuffled(this.proxies).slice(0, count);
    await Promise.all(dark.map((proxy) => proxy.refuse()));
    for (const proxy of dark) this.cutOne(proxy.connections.filter(isOfNearCaches));
    await pause(DARK_MS);
    await Promise.all(dark.map((proxy) => proxy.accept()));
  }

  private untilAlmostCold(): number {
    const phase = ((monotonicNow() - this.beganAt) / HOT_MS) % 1;
    return HOT_MS * ((DARK_FROM - phase + 1) % 1);
  }

  private cutOne(candidates: readonly ProxiedConnection[]): void {
    if (candidates.length === 0) return;
    const connection = this.random.pick(candidates);
    if (this.random.chance(0.5)) connection.cut();
    else connection.reset();
    this.counts.cuts += 1;
  }

  /** Shorter than the server's and the driver's patience: nothing is resent on another connection meanwhile. */
  private async holdOne(): Promise<void> {
    const proxy = this.random.pick(this.proxies);
    proxy.hold();
    await pause(150 + this.random.below(250));
    if (proxy.heldBytes() > 0) this.counts.holds += 1;
    proxy.release();
  }

  private connections(): ProxiedConnection[] {
    return this.proxies.flatMap(({ connections }) => connections);
  }
}

function isOfNearCaches({ sent }: ProxiedConnection): boolean {
  return sent.includes(':inv:');
}
