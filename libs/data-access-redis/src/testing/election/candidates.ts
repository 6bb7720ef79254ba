import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, startRedis } from '@sluice/testing-servers';
import type { FaultProxy, RedisProcess } from '@sluice/testing-servers';
import { FleetProcess } from '../fleet/fleet-process';
import { until } from '../redis-test-app';
import type { CandidateState, Candidacy } from './candidate-main';
import type { ElectionMutant } from './election-mutants';
import { Journal } from './journal';
import type { Entry } from './journal';

/** Wide margins for a busy machine: work that lost its leadership has 1.2 s to notice. */
export const CANDIDACY: Candidacy = {
  elections: ['e'],
  leaseDuration: 3_000,
  renewDeadline: 1_800,
  retryPeriod: 300,
  endsAfterMs: 0,
  everyMs: 10,
};

/** For what a lease bounds, plus the same for a busy machine. */
export const WITHIN_MS = 40_000;

export interface Candidate {
  readonly process: FleetProcess;
  /** Between it and Redis. */
  readonly proxy: FaultProxy;
}

/** Processes that stand for the same elections, each behind a fault proxy of its own. */
export class Candidates {
  private constructor(
    readonly redis: RedisProcess,
    readonly all: Candidate[],
    private readonly prefix: string,
    private readonly folder: string,
    private readonly mutant: ElectionMutant | undefined,
  ) {}

  static async start(size: number, mutant?: ElectionMutant): Promise<Candidates> {
    const folder = await mkdtemp(join(tmpdir(), 'election-'));
    const redis = await startRedis();
    const candidates = new Candidates(redis, [], `fleet-${randomUUID()}:`, folder, mutant);
    const started = await Promise.allSettled(Array.from({ length: size }, () => candidates.add()));
    const failed = started.find((one) => one.status === 'rejected');
    if (!failed) return candidates;
    await candidates.stop();
    throw failed.reason as Error;
  }

  async add(): Promise<Candidate> {
    const proxy = await startFaultProxy({ port: this.redis.port });
    const process = await FleetProcess.start({
      ...{ redisUrl: proxy.url, keyPrefix: this.prefix, mutant: this.mutant },
      main: join(__dirname, 'candidate-main.ts'),
      env: { ELECTION_JOURNAL: this.journal },
    });
    const candidate = { process, proxy };
    this.all.push(candidate);
    return candidate;
  }

  /** All stand for it, each when the one before has its place: the first leads. */
  async stand(more: Partial<Candidacy> = {}): Promise<void> {
    const candidacy = { ...CANDIDACY, ...more };
    for (const [i, { process }] of this.all.entries()) {
      await process.call('stand', candidacy);
      const placed = i === 0 ? () => this.leads(this.first) : async () => (await this.inLine()) === i;
      await until(`candidate ${i} has its place`, placed, WITHIN_MS);
    }
  }

  get first(): Candidate {
    return this.all[0] as Candidate;
  }

  /** Those that are not the first. */
  get others(): Candidate[] {
    return this.all.slice(1);
  }

  async leads({ process }: Candidate, election = 'e'): Promise<boolean> {
    return (await this.states({ process }))[election]?.leads ?? false;
  }

  /** Waits until one of these leads. */
  async leaderOf(candidates: readonly Pick<Candidate, 'process'>[], election = 'e'): Promise<Candidate> {
    let leader: Candidate | undefined;
    const led = async () => {
      for (const one of this.all.filter((candidate) => candidates.includes(candidate))) {
        if (await this.leads(one, election)) leader = one;
      }
      return leader !== undefined;
    };
    await until(`one leads ${election}`, led, WITHIN_MS);
    return leader as Candidate;
  }

  states({ process }: Pick<Candidate, 'process'>): Promise<Record<string, CandidateState>> {
    return process.call('states');
  }

  async term(candidate: Candidate): Promise<number> {
    return (await this.states(candidate))['e']?.term ?? 0;
  }

  async inLine(): Promise<number> {
    return Number(await this.redis.cli('ZCARD', `${this.prefix}leader:{e}:queue`));
  }

  /** When the lease ends in Redis, by its clock. */
  async leaseEnd(): Promise<number> {
    return Number((await this.redis.cli('GET', `${this.prefix}leader:{e}`)).split(/[ !]/)[1]);
  }

  entries(): Entry[] {
    return Journal.read(this.journal);
  }

  /** What a process wrote, oldest first. */
  of({ process }: Candidate, what: Entry['what']): Entry[] {
    return this.entries().filter((entry) => entry.pid === process.pid && entry.what === what);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ process }) => process.kill()));
    await Promise.all(this.all.map(({ proxy }) => proxy.close()));
    await this.redis.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get journal(): string {
    return join(this.folder, 'journal');
  }
}
