import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import { FleetProcess } from '../fleet/fleet-process';
import { until } from '../redis-test-app';
import { RunLog } from './run-log';
import type { RunEntry } from './run-log';
import type { TaskMutant } from './task-mutants';

/** For a lease, some moments, and a busy machine. */
export const WITHIN_MS = 40_000;

export interface TaskProcess {
  readonly process: FleetProcess;
  readonly proxy: FaultProxy;
}

/** Processes with a task that is due every second, each with a clock and a way to Redis of its own. */
export class TaskFleet {
  readonly all: TaskProcess[] = [];

  private constructor(
    readonly redis: RedisProcess,
    private readonly folder: string,
    private readonly mutant: TaskMutant | undefined,
  ) {}

  private readonly prefix = `fleet-${randomUUID()}:`;

  static async start(mutant?: TaskMutant): Promise<TaskFleet> {
    return new TaskFleet(await startRedis(), await mkdtemp(join(tmpdir(), 'tasks-')), mutant);
  }

  /** @param aheadMs by how much its clock is ahead of the others' */
  async add(aheadMs = 0): Promise<TaskProcess> {
    const proxy = await startFaultProxy({ port: this.redis.port });
    const process = await FleetProcess.start({
      ...{ redisUrl: proxy.url, keyPrefix: this.prefix, mutant: this.mutant },
      main: join(__dirname, 'task-main.ts'),
      env: { TASK_LOG: this.log, TASK_CLOCK_AHEAD_MS: String(aheadMs) },
    });
    const added = { process, proxy };
    this.all.push(added);
    return added;
  }

  leads({ process }: TaskProcess): Promise<boolean> {
    return process.call('leads');
  }

  async leaderOf(candidates: readonly TaskProcess[]): Promise<TaskProcess> {
    let leader: TaskProcess | undefined;
    const led = async () => {
      for (const one of candidates) if (await this.leads(one)) leader = one;
      return leader !== undefined;
    };
    await until('one leads', led, WITHIN_MS);
    return leader as TaskProcess;
  }

  entries(): RunEntry[] {
    return RunLog.read(this.log);
  }

  /** The runs of a process that have begun. */
  runsOf({ process }: TaskProcess): RunEntry[] {
    return this.entries().filter(({ pid, what }) => pid === process.pid && what === 'began');
  }

  /** Waits for more runs, by whomever. */
  async runsMore(times: number, by?: TaskProcess): Promise<void> {
    const count = () =>
      by ? this.runsOf(by).length : this.entries().filter(({ what }) => what === 'began').length;
    const before = count();
    await until(`${times} more runs`, () => count() >= before + times, WITHIN_MS);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ process }) => process.kill()));
    await Promise.all(this.all.map(({ proxy }) => proxy.close()));
    await this.redis.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get log(): string {
    return join(this.folder, 'runs');
  }
}
