import { setTimeout as pause } from 'node:timers/promises';
import type { Random, RedisCluster, RedisProcess } from '@sluice/testing-servers';

export interface ClusterFaultCounts {
  /** Connections that a node was told to close. */
  kills: number;
  /** Masters that lost all their keys. */
  flushes: number;
  /** Slots that moved to another master. */
  moves: number;
  /** Replicas that took the place of their master. */
  failovers: number;
}

const STRIKES = ['kill normal', 'kill pubsub', 'flush', 'move', 'move', 'failover'] as const;
const CALM_MS = 300;
/** One of each master. */
const SLOTS = [0, 6_000, 12_000];

/** What goes wrong in a Cluster without anything being lost that was acknowledged, but for what is flushed. */
export class ClusterFaults {
  readonly counts: ClusterFaultCounts = { kills: 0, flushes: 0, moves: 0, failovers: 0 };
  private running: Promise<void> | undefined;
  private stopped = false;
  private deck: (typeof STRIKES)[number][] = [];

  constructor(
    private readonly cluster: RedisCluster,
    private readonly random: Random,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves when all is well again. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await this.cluster.healthy();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.strike();
      await pause(CALM_MS);
    }
  }

  private async strike(): Promise<void> {
    if (this.deck.length === 0) this.deck = this.random.shuffled(STRIKES);
    const masters = await Promise.all(SLOTS.map((slot) => this.cluster.ownerOf(slot)));
    const master = this.random.pick(masters);
    const strike = this.deck.pop();
    switch (strike) {
      case 'kill normal':
      case 'kill pubsub':
        this.counts.kills += Number(await master.cli('CLIENT', 'KILL', 'TYPE', strike.slice('kill '.length)));
        return;
      case 'flush':
        await master.cli('FLUSHALL');
        this.counts.flushes += 1;
        return;
      case 'move':
        return this.move(master, this.random.pick(masters.filter((other) => other !== master)));
      case 'failover':
        return this.failover(master);
    }
  }

  /** A slot in which something lies. */
  private async move(from: RedisProcess, to: RedisProcess): Promise<void> {
    const key = await from.cli('RANDOMKEY');
    if (key === '') return;
    const slot = await this.cluster.slotOf(key);
    if (SLOTS.includes(slot)) return;
    await this.cluster.migrateSlot(slot, from, to);
    this.counts.moves += 1;
  }

  private async failover(master: RedisProcess): Promise<void> {
    for (const node of [...this.cluster.masters, ...this.cluster.replicas]) {
      const role = await node.cli('ROLE');
      if (!role.startsWith('slave') || !role.includes(`\n${master.port}\n`)) continue;
      await this.cluster.failover(node);
      this.counts.failovers += 1;
      return;
    }
  }
}
