import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CharacterRepository, type ImageJob, ImageJobRepository } from '@sluice/data-access-database';
import { RedisLockService, type RedisSubscription } from '@sluice/data-access-redis';
import { ImageEvents } from '../progress/image-events';
import { ImageFiles } from '../storage/image-files';
import { ImageJobRunner } from './image-job-runner';
import { IMAGE_WORKER_OPTIONS, type ImageWorkerConfig, RENEWALS_A_LEASE } from './image-worker.options';
import { JobChannel } from './job-channel';
import { JobRun } from './job-run';

const CLAIM_LOCK = 'image-claim';
const CLAIM_LOCK_TTL_MS = 5_000;
const CLAIM_LOCK_WAIT_MS = 1_000;
/** Pause after a look that failed: nobody calls for what has been waiting since Redis was lost. */
const LOOK_AGAIN_MS = 500;
const SHUTDOWN_PATIENCE_MS = 3_000;
const COMPLAIN_EVERY_MS = 30_000;

/**
 * Gets images made: takes over jobs that nobody holds, claims new ones, and sees each to its end. Every process has
 * one. Claims are made under a lock, so without Redis nothing new is begun; what runs is followed to its end.
 */
@Injectable()
export class ImageWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Images:worker');
  readonly #runs = new Map<string, { run: JobRun; ended: Promise<void> }>();
  /** No other process ever has it, also not one with the same pid. */
  readonly #name = `${hostname()}:${process.pid}:${randomUUID()}`;
  readonly #complainedAt = new Map<string, number>();
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #subscription: RedisSubscription | undefined;

  constructor(
    private readonly jobs: ImageJobRepository,
    private readonly runner: ImageJobRunner,
    private readonly characters: CharacterRepository,
    private readonly files: ImageFiles,
    private readonly locks: RedisLockService,
    private readonly channel: JobChannel,
    private readonly events: ImageEvents,
    @Inject(IMAGE_WORKER_OPTIONS) private readonly config: ImageWorkerConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.runner.configured) return;
    this.#subscription = await this.channel.listen({
      onWork: () => this.look(),
      onCancel: (imageId) => this.#runs.get(imageId)?.run.cancel(),
    });
    const renewEvery = this.config.lease / RENEWALS_A_LEASE;
    this.#renewal = setInterval(() => void this.#renew(), renewEvery);
    this.look();
  }

  /** Looks for work now: there may be some. */
  look(): void {
    clearTimeout(this.#timer);
    if (this.#stopping || !this.runner.configured) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    const { idlePoll } = this.config;
    this.#looking = this.#findWork()
      .then(
        () => idlePoll,
        (error: unknown) => {
          this.#complain('no work was found', error);
          return Math.min(idlePoll, LOOK_AGAIN_MS);
        },
      )
      .then((pauseMs) => {
        this.#looking = undefined;
        const soon = this.#lookAgain;
        this.#lookAgain = false;
        if (this.#stopping) return;
        this.#timer = setTimeout(() => this.look(), soon ? 0 : pauseMs * (0.8 + Math.random() * 0.4));
      });
  }

  /** Hands over at once what it holds, and ends. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    clearInterval(this.#renewal);
    await this.#subscription?.close();
    await this.#looking;
    const runs = [...this.#runs.values()];
    for (const { run } of runs) run.letGo();
    try {
      if ((await this.jobs.handOver(this.#name)).length > 0) await this.channel.callForWork();
    } catch (error) {
      this.#complain('nothing was handed over; it is swept when the leases are over', error);
    }
    await Promise.race([
      Promise.all(runs.map(({ ended }) => ended)),
      new Promise((resolve) => setTimeout(resolve, SHUTDOWN_PATIENCE_MS).unref()),
    ]);
  }

  async #findWork(): Promise<void> {
    const { config } = this;
    const own = { runner: this.#name, leaseMs: config.lease };
    let job: ImageJob | null;
    // What lies half done comes first: its slot is taken already.
    while (!this.#stopping && (job = await this.jobs.adoptNext(own))) this.#begin(job);
    const servers = this.#serversForNewJobs();
    if (servers.length === 0 || this.#stopping) return;
    const claim = { ttl: CLAIM_LOCK_TTL_MS, wait: CLAIM_LOCK_WAIT_MS };
    await this.locks.withLock(CLAIM_LOCK, claim, async (signal) => {
      const request = { ...own, servers, slots: config.slotsPerServer };
      while (!signal.aborted && !this.#stopping && (job = await this.jobs.claimNext(request))) {
        this.#begin(job);
      }
    });
  }

  /** Where nobody is ready, those that lack something fail a job with a reason instead of letting it wait for ever. */
  #serversForNewJobs(): string[] {
    const servers = this.runner.servers();
    const ready = servers.filter(({ state }) => state === 'ready');
    const able = ready.length > 0 ? ready : servers.filter(({ state }) => state === 'incapable');
    return able.map(({ url }) => url);
  }

  #begin(job: ImageJob): void {
    const run = new JobRun(job, {
      jobs: this.jobs,
      runner: this.runner,
      characters: this.characters,
      files: this.files,
      config: this.config,
      logger: this.#logger,
      onChange: (image) => void this.events.changed(image),
    });
    if (job.sentAt === null) this.events.begun(job.id);
    void this.events.changed(job);
    const stopSharing = this.runner.onProgress(job.promptId, (progress) =>
      this.events.progressed(job.id, progress),
    );
    const ended = run.run().finally(() => {
      stopSharing();
      // The same job may be ours again already, by another fence.
      if (this.#runs.get(job.id)?.run === run) {
        this.#runs.delete(job.id);
        this.events.left(job.id);
      }
      this.look();
    });
    this.#runs.get(job.id)?.run.letGo();
    this.#runs.set(job.id, { run, ended });
  }

  async #renew(): Promise<void> {
    const held = [...this.#runs.values()].map(({ run }) => run);
    if (held.length === 0) return;
    try {
      const jobs = held.map(({ job: { id, fence } }) => ({ id, fence }));
      const renewed = await this.jobs.renew({ runner: this.#name, leaseMs: this.config.lease, jobs });
      const still = new Map(renewed.map(({ id, status }) => [id, status]));
      for (const run of held) {
        const status = still.get(run.job.id);
        if (status === undefined) run.letGo();
        else if (status === 'cancelling') run.cancel();
      }
    } catch (error) {
      this.#complain('leases were not renewed', error);
    }
  }

  #complain(what: string, error: unknown): void {
    const code = (error as { code?: unknown } | null)?.code;
    // Somebody else claims: it is tried again soon.
    if (code === 'LOCK_NOT_ACQUIRED') return;
    const why = typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
    // While something is away this comes with every look.
    const now = performance.now();
    if (now - (this.#complainedAt.get(what) ?? -Infinity) < COMPLAIN_EVERY_MS) return;
    this.#complainedAt.set(what, now);
    this.#logger.warn(`${what}: ${why}`);
  }
}
