import { Logger } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { RedisError } from '../lib/connection/redis.errors';
import type { LeaderElection } from '../lib/leader-election/leader-election';
import type { RedisLeaderElectionService } from '../lib/leader-election/redis-leader-election.service';
import type { FoundTask } from './find-leader-tasks';
import type { LeaderCronMetrics } from './leader-cron-metrics';
import type { ClaimAnswer, SlotClaims } from './slot-claims';

/** What the tasks of a process share. */
export interface TaskSurroundings {
  readonly elections: RedisLeaderElectionService;
  readonly claims: SlotClaims;
  readonly registry: SchedulerRegistry;
  readonly metrics: LeaderCronMetrics;
}

/** A leadership of this process in the election of a task. */
interface Reign {
  readonly signal: AbortSignal;
  readonly term: number;
}

const REFUSALS: Record<Exclude<ClaimAnswer, 'claimed'>, string> = {
  deposed: 'another process leads meanwhile',
  past: 'that moment, or a later one, has been run, or may have been',
  ahead: 'the clock of this host is more than a minute ahead of that of Redis',
};

/**
 * One task: its timer runs in every process, and who leads its election when a moment comes claims the moment and runs.
 *
 * Each task has an election of its own, although one for all would ask Redis less: in a fleet whose processes are not all
 * of one release or of one kind, the one leader of all may not know a task, which would then not be run at all; and work
 * that does not stop would hold up the hand-over of all the others.
 */
export class LeaderTask {
  /** Its election, and its job in the registry. */
  readonly key: string;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #election: LeaderElection;
  #reign: Reign | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly found: FoundTask,
    private readonly surroundings: TaskSurroundings,
  ) {
    const { name, options } = found.definition;
    const { leaseDuration, renewDeadline, retryPeriod } = options;
    this.#name = name;
    this.key = `cron:${name}`;
    this.#logger = new Logger(`Redis:cron:${name}`);
    this.#election = surroundings.elections.join(this.key, {
      ...{ leaseDuration, renewDeadline, retryPeriod },
      onStartedLeading: (signal, term) => this.#lead({ signal, term }),
    });
    surroundings.metrics.known(name);
    surroundings.registry.addCronJob(this.key, found.schedule.job);
    found.schedule.start((moment) => this.#due(moment));
  }

  /** Stops the timer, tells the task to stop, and waits for its end: at most as long as its lease. */
  async stop(): Promise<void> {
    await this.#election.leave();
    const { registry } = this.surroundings;
    await this.found.schedule.job.stop();
    if (registry.doesExist('cron', this.key)) registry.deleteCronJob(this.key);
  }

  #due(moment: number): void {
    const reign = this.#reign;
    if (!reign || !this.#election.isLeader) return;
    if (this.#running) return this.#skip(moment, 'the run before it still goes on');
    this.#running = this.#runFor(moment, reign).finally(() => (this.#running = undefined));
  }

  /** Ends when the leadership does and nothing runs any more: until then nobody else leads, if the lease can be kept. */
  async #lead(reign: Reign): Promise<void> {
    const { signal } = reign;
    if (signal.aborted) return;
    this.#reign = reign;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#reign = undefined;
    await this.#running;
  }

  /** Never rejects. */
  async #runFor(moment: number, { signal, term }: Reign): Promise<void> {
    const refusal = await this.#claim(moment, term);
    if (refusal !== undefined) return this.#skip(moment, refusal);
    // The last look: the answer may have taken its time.
    if (signal.aborted || !this.#election.isLeader) return this.#skip(moment, 'this process leads no longer');
    const { metrics } = this.surroundings;
    const startedAt = performance.now();
    try {
      await this.found.method(signal, term, new Date(moment));
      metrics.ran(this.#name, 'done', performance.now() - startedAt);
    } catch (error) {
      metrics.ran(this.#name, 'failed', performance.now() - startedAt);
      const reason = error instanceof Error ? error.name : 'unknown error';
      if (signal.aborted) this.#logger.warn(`stopped before its end: ${reason}`);
      else this.#logger.error(`failed: ${reason}`);
    }
  }

  /** @returns why not, if so */
  async #claim(moment: number, term: number): Promise<string | undefined> {
    try {
      const answer = await this.surroundings.claims.claim(this.key, moment, term);
      return answer === 'claimed' ? undefined : REFUSALS[answer];
    } catch (error) {
      return `Redis does not say whether it is ours (${error instanceof RedisError ? error.code : 'unknown error'})`;
    }
  }

  #skip(moment: number, why: string): void {
    this.surroundings.metrics.skipped(this.#name);
    this.#logger.warn(`skipped ${new Date(moment).toISOString()}: ${why}`);
  }
}
