import { setTimeout as pause } from 'node:timers/promises';
import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, Random, RedisProcess } from '@sluice/testing-servers';
import { TURN_MS } from '../../lib/lease/lease-scripts';
import type { Fleet } from '../fleet/fleet';
import type { FleetProcess } from '../fleet/fleet-process';
import { monotonicNow } from '../fleet/monotonic';
import { until } from '../redis-test-app';
import type { Loss } from './check-fencing';

const STALLS = ['stall', 'stall a holder', 'stall a holder', 'stall a holder', 'block', 'hold back'] as const;
const LOSSES = ['flush', 'forget a lease', 'restart empty', 'fail over'] as const;

/** Processes that pause only, also a Redis that forgets, or both. */
export type FencingPlan = 'stalls' | 'losses' | 'all';

/** How many processes stand still at a time. */
const MOST_DISTURBED = 2;
/** How much longer a run may take in which chance would have it that too little happened. */
const MOST_EXTENSION = 4;
/** Between two strikes, at most. */
const CALM_MS = 250;
/** How long a replica is behind when it takes over. */
const BEHIND_MS = 300;

/** What goes wrong with processes that lock, and with their Redis. */
export class FencingFaults {
  readonly counts = {
    stalls: 0,
    stalledHolders: 0,
    blocked: 0,
    heldBack: 0,
    flushes: 0,
    forgotten: 0,
    restarts: 0,
    failOvers: 0,
  };
  readonly losses: Loss[] = [];
  private readonly disturbed = new Map<number, Promise<void>>();
  private wantsHolder = false;
  private deck: (typeof STALLS | typeof LOSSES)[number][] = [];
  private replica: RedisProcess | undefined;
  /** Between the server and its replica. */
  private link: FaultProxy | undefined;

  constructor(
    private readonly fleet: Fleet,
    private readonly resources: readonly string[],
    private readonly plan: FencingPlan,
    private readonly ttl: number,
    private readonly random: Random,
  ) {}

  /** Strikes until so much time has passed and enough has happened; resolves when all is well again. */
  async strikeFor(ms: number, isEnough: () => boolean): Promise<void> {
    const began = monotonicNow();
    const passed = () => monotonicNow() - began;
    while (passed() < ms || (passed() < MOST_EXTENSION * ms && !isEnough())) {
      await this.strike();
      await pause(this.random.below(CALM_MS));
    }
    await Promise.all(this.disturbed.values());
  }

  /** To be told when a process has just got a lock. */
  working(process: number): void {
    if (!this.wantsHolder || this.disturbed.size >= MOST_DISTURBED || this.disturbed.has(process)) return;
    this.wantsHolder = false;
    this.counts.stalledHolders += 1;
    if (this.random.chance(0.7)) this.stall(process);
    else this.block(process);
  }

  async close(): Promise<void> {
    await this.link?.close();
    await this.replica?.stop();
  }

  private async strike(): Promise<void> {
    if (this.deck.length === 0) {
      const cards = [...(this.plan === 'losses' ? [] : STALLS), ...(this.plan === 'stalls' ? [] : LOSSES)];
      this.deck = this.random.shuffled(cards);
    }
    switch (this.deck.pop()) {
      case 'stall':
        return this.stall(this.anyProcess());
      case 'block':
        return this.block(this.anyProcess());
      case 'stall a holder':
        this.wantsHolder = true;
        return;
      case 'hold back':
        return this.holdBack(this.anyProcess());
      case 'flush':
        await this.losing(() => this.fleet.redis.cli('FLUSHALL'));
        this.counts.flushes += 1;
        return;
      case 'forget a lease':
        return this.forgetLease();
      case 'restart empty':
        await this.losing(() => this.fleet.redis.restart());
        this.counts.restarts += 1;
        return;
      case 'fail over':
        await this.failOver();
        this.counts.failOvers += 1;
    }
  }

  /** A process stands still for longer than a lease lasts, and goes on as if nothing had been. */
  private stall(index: number): void {
    this.disturb(index, 'stalls', async (process, ms) => {
      process.freeze();
      await pause(ms);
      process.thaw();
    });
  }

  /** The same, but the process is busy, and when it is done its timers come before its messages. */
  private block(index: number): void {
    this.disturb(index, 'blocked', (process, ms) => process.call('block', ms));
  }

  /** What a process says arrives at the server when its leases have long ended. */
  private holdBack(index: number): void {
    this.disturb(index, 'heldBack', async (_, ms) => {
      const proxy = this.fleet.proxies[index];
      proxy?.hold('toServer');
      await pause(ms);
      proxy?.release('toServer');
    });
  }

  private disturb(
    index: number,
    what: 'stalls' | 'blocked' | 'heldBack',
    work: (process: FleetProcess, ms: number) => Promise<void>,
  ): void {
    const process = this.fleet.processes[index];
    if (!process || this.disturbed.has(index) || this.disturbed.size >= MOST_DISTURBED) return;
    this.counts[what] += 1;
    // Longer than a lease lasts, and sometimes also longer than the turn of one who waits.
    const ms = (this.random.chance(0.8) ? this.ttl : TURN_MS) * (1.2 + this.random.next());
    const over = work(process, ms).finally(() => this.disturbed.delete(index));
    this.disturbed.set(index, over);
  }

  private anyProcess(): number {
    return this.random.below(this.fleet.processes.length);
  }

  private async losing(work: () => Promise<unknown>): Promise<void> {
    const began = monotonicNow();
    await work();
    this.losses.push({ began, ended: monotonicNow() });
  }

  private async forgetLease(): Promise<void> {
    const { redis, prefix } = this.fleet;
    const key = `${prefix}lock:{${this.random.pick(this.resources)}}`;
    await this.losing(() => until('the lease is known', async () => Number(await redis.cli('DEL', key)) > 0));
    this.counts.forgotten += 1;
  }

  /** A replica that has missed the newest leases takes over; to the processes it is the server at the same address. */
  private async failOver(): Promise<void> {
    const { redis, proxies } = this.fleet;
    const replica = (this.replica ??= await startRedis());
    const link = (this.link ??= await startFaultProxy({ port: redis.port }));
    await copy(redis, replica, link.port);
    await this.losing(async () => {
      link.drop('toClient');
      await pause(BEHIND_MS);
      await Promise.all(proxies.map((proxy) => proxy.refuse()));
      for (const proxy of proxies) proxy.reset();
      await replica.cli('REPLICAOF', 'NO', 'ONE');
      await redis.restart();
      await copy(replica, redis, replica.port);
      await redis.cli('REPLICAOF', 'NO', 'ONE');
      link.reset();
      await link.heal();
      await Promise.all(proxies.map((proxy) => proxy.accept()));
    });
  }
}

/** Makes one server a replica of the other, and waits until it has everything. */
async function copy(from: RedisProcess, to: RedisProcess, port: number): Promise<void> {
  await from.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', '0');
  await to.cli('REPLICAOF', '127.0.0.1', String(port));
  const isUp = async () => (await to.cli('INFO', 'replication')).includes('master_link_status:up');
  await until('the replica has everything', isUp);
}
