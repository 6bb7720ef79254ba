export type ModelStatus = 'queued' | 'generating' | 'cancelling' | 'completed' | 'failed' | 'cancelled';

/** Moments are minutes of a time that passes only when the test says so. */
export interface ModelJob {
  readonly key: number;
  readonly owner: string;
  readonly createdAt: number;
  status: ModelStatus;
  fence: number;
  attempt: number;
  losses: number;
  runner: string | null;
  leasedUntil: number | null;
  server: string | null;
  /** The how-manieth prompt id of the job it is. */
  prompt: number;
  claimedAt: number | null;
  sent: boolean;
  runAfter: number | null;
  file: string | null;
  error: string | null;
  deleted: boolean;
}

/** What somebody was given with a claim or an adoption. */
export interface ModelHold {
  readonly key: number;
  readonly fence: number;
}

export interface ModelRequeue {
  readonly delay: number;
  readonly counts: boolean;
  readonly lost: boolean;
}

export const SLOTS = 2;
export const QUOTA = 4;
/** Never whole minutes: whether one is over shall not hang on the milliseconds that the test itself takes. */
export const LEASE = 15.5;

const isInFlight = ({ status }: ModelJob) => status === 'generating' || status === 'cancelling';

/** What the jobs are meant to do, said plainly and without a database. */
export class ImageJobModel {
  now = 0;
  readonly jobs: ModelJob[] = [];
  private prompts = 0;

  /** @returns the key of the new job; null when the owner has too many */
  enqueue(owner: string): number | null {
    const unfinished = this.jobs.filter(
      (job) => job.owner === owner && (job.status === 'queued' || isInFlight(job)),
    );
    if (unfinished.length >= QUOTA) return null;
    const key = this.jobs.length;
    const nothing = { runner: null, leasedUntil: null, server: null, claimedAt: null, runAfter: null };
    const open = { file: null, error: null, sent: false, deleted: false };
    const job: ModelJob = {
      key,
      owner,
      createdAt: this.now,
      status: 'queued',
      fence: 0,
      attempt: 1,
      losses: 0,
      prompt: 0,
      ...nothing,
      ...open,
    };
    this.jobs.push(job);
    return key;
  }

  claim(runner: string, server: string): ModelJob | null {
    if (this.jobs.filter((job) => isInFlight(job) && job.server === server).length >= SLOTS) return null;
    const due = this.jobs.filter(
      ({ status, runAfter }) => status === 'queued' && (runAfter ?? 0) <= this.now,
    );
    const firsts = due.filter(
      (job) => !due.some((other) => other.owner === job.owner && other.key < job.key),
    );
    const [next] = firsts.sort(
      (a, b) => this.running(a) - this.running(b) || this.waitingSince(a) - this.waitingSince(b),
    );
    if (!next) return null;
    this.prompts += 1;
    const begun = { server, prompt: this.prompts, claimedAt: this.now, runAfter: null };
    return Object.assign(next, { status: 'generating', ...begun, ...this.taken(next, runner) });
  }

  adopt(runner: string): ModelJob | null {
    const orphan = this.jobs.find((job) => isInFlight(job) && job.runner === null);
    return orphan ? Object.assign(orphan, this.taken(orphan, runner)) : null;
  }

  renew(runner: string, holds: readonly ModelHold[]): { key: number; status: ModelStatus }[] {
    const ours = holds.map((hold) => this.held(hold)).filter((job) => job?.runner === runner) as ModelJob[];
    for (const job of ours) job.leasedUntil = this.now + LEASE;
    return ours.map(({ key, status }) => ({ key, status }));
  }

  markSent(hold: ModelHold): ModelStatus | null {
    const job = this.held(hold);
    if (job?.status === 'generating') job.sent = true;
    return job?.status ?? null;
  }

  /** @returns whether it has ended so, by this hold, now or before */
  end(hold: ModelHold, as: Pick<ModelJob, 'status'> & Partial<Pick<ModelJob, 'file' | 'error'>>): boolean {
    const job = this.held(hold);
    if (job) Object.assign(job, as, { runner: null, leasedUntil: null });
    const left = this.jobs[hold.key] as ModelJob;
    const { status, file = null, error = null } = as;
    return left.fence === hold.fence && left.status === status && left.file === file && left.error === error;
  }

  requeue(hold: ModelHold, { delay, counts, lost }: ModelRequeue): ModelStatus | null {
    const job = this.held(hold);
    if (job?.status === 'cancelling') this.end(hold, { status: 'cancelled' });
    else if (job) {
      const free = {
        status: 'queued',
        runner: null,
        leasedUntil: null,
        server: null,
        prompt: 0,
        sent: false,
      } as const;
      Object.assign(job, free, {
        attempt: job.attempt + Number(counts),
        losses: job.losses + Number(lost),
        runAfter: this.now + delay,
      });
    }
    const { fence, status } = this.jobs[hold.key] as ModelJob;
    return fence === hold.fence && (status === 'queued' || status === 'cancelled') ? status : null;
  }

  requestCancel(key: number, owner: string): { status: ModelStatus; changed: boolean } | null {
    const job = this.jobs[key] as ModelJob;
    if (job.owner !== owner || job.deleted) return null;
    const before = job.status;
    if (before === 'queued') Object.assign(job, { status: 'cancelled', runAfter: null });
    if (before === 'generating') job.status = 'cancelling';
    return { status: job.status, changed: job.status !== before };
  }

  softDelete(key: number, owner: string): boolean {
    const done = this.requestCancel(key, owner) !== null;
    if (done) (this.jobs[key] as ModelJob).deleted = true;
    return done;
  }

  orphanExpired(): number[] {
    const lost = this.orphan(({ leasedUntil }) => leasedUntil !== null && leasedUntil <= this.now);
    for (const key of lost) (this.jobs[key] as ModelJob).losses += 1;
    return lost;
  }

  handOver(runner: string): number[] {
    return this.orphan((job) => job.runner === runner);
  }

  private orphan(whose: (job: ModelJob) => boolean): number[] {
    const lost = this.jobs.filter(whose);
    for (const job of lost) Object.assign(job, { runner: null, leasedUntil: null, fence: job.fence + 1 });
    return lost.map(({ key }) => key);
  }

  private held({ key, fence }: ModelHold): ModelJob | undefined {
    const job = this.jobs[key] as ModelJob;
    return isInFlight(job) && job.fence === fence ? job : undefined;
  }

  private taken({ fence }: ModelJob, runner: string) {
    return { runner, leasedUntil: this.now + LEASE, fence: fence + 1 };
  }

  private running({ owner }: ModelJob): number {
    return this.jobs.filter((job) => job.owner === owner && isInFlight(job)).length;
  }

  private waitingSince({ owner, createdAt }: ModelJob): number {
    return Math.max(
      createdAt,
      ...this.jobs.flatMap((job) => (job.owner === owner ? (job.claimedAt ?? []) : [])),
    );
  }
}
