import { sql } from 'drizzle-orm';
import type { HeldJob, ImageJob } from '../../lib/image-jobs/image-job';
import type { NewImage } from '../../lib/images/image';
import { images } from '../../lib/schema/images';
import { imageFile } from '../image-jobs-app';
import { passTime } from '../pass-time';
import {
  ImageJobModel,
  LEASE,
  type ModelHold,
  type ModelJob,
  type ModelRequeue,
  QUOTA,
  SLOTS,
} from './image-job-model';
import type { ImageJobWorld } from './image-job-world';

const MINUTE = 60_000;
const leaseMs = LEASE * MINUTE;

/** Does everything twice, in the model and in the database, and wants the same answers and the same rows. */
export class ImageJobRun {
  readonly model = new ImageJobModel();
  /** Everything that was ever claimed or adopted: most are out of date. */
  readonly holds: ModelHold[] = [];
  private readonly ids: string[] = [];
  private readonly promptIds = new Map<number, string>();

  constructor(
    private readonly world: ImageJobWorld,
    /** Gathers how each operation has ended, to show that the sequences come to all there is. */
    private readonly seen: Set<string>,
  ) {}

  async enqueue(owner: string): Promise<void> {
    const result = await this.world.jobs.enqueue(this.image(owner), { quota: QUOTA });
    const key = this.model.enqueue(owner);
    this.seen.add(`enqueue: ${result.outcome}`);
    if (key === null) return expect(result).toEqual({ outcome: 'over-quota', unfinished: QUOTA });
    if (result.outcome !== 'queued') throw new Error(`It is ${result.outcome}.`);
    this.ids[key] = result.image.id;
  }

  async enqueueAgain(key: number): Promise<void> {
    const { owner, status } = this.model.jobs[key] as ModelJob;
    const image = { id: this.ids[key], status };
    const result = await this.world.jobs.enqueue({ ...this.image(owner), ...image }, { quota: QUOTA });
    expect(result).toMatchObject({ outcome: 'found', image });
  }

  async claim(runner: string, server: string): Promise<void> {
    const job = await this.world.jobs.claimNext({ runner, servers: [server], slots: SLOTS, leaseMs });
    this.got('claim', job, this.model.claim(runner, server));
  }

  async adopt(runner: string): Promise<void> {
    const job = await this.world.jobs.adoptNext({ runner, leaseMs });
    this.got('adopt', job, this.model.adopt(runner));
  }

  async renew(runner: string): Promise<void> {
    const renewed = await this.world.jobs.renew({
      runner,
      leaseMs,
      jobs: this.holds.map((hold) => this.real(hold)),
    });
    const expected = this.model.renew(runner, this.holds);
    const byKey = renewed.map(({ id, status }) => ({ key: this.ids.indexOf(id), status }));
    expect(new Set(byKey)).toEqual(new Set(expected));
    expect(byKey).toHaveLength(expected.length);
    this.seen.add(`renew: ${byKey.length > 0}`);
  }

  async markSent(hold: ModelHold): Promise<void> {
    const status = await this.world.jobs.markSent(this.real(hold));
    this.same('markSent', status, this.model.markSent(hold));
  }

  async complete(hold: ModelHold, file: string): Promise<void> {
    const completed = await this.world.jobs.complete(this.real(hold), imageFile(file));
    this.same('complete', completed, this.model.end(hold, { status: 'completed', file }));
  }

  async fail(hold: ModelHold, error: string): Promise<void> {
    const failed = await this.world.jobs.fail(this.real(hold), { code: error, message: 'It is broken.' });
    this.same('fail', failed, this.model.end(hold, { status: 'failed', error }));
  }

  async markCancelled(hold: ModelHold): Promise<void> {
    const cancelled = await this.world.jobs.markCancelled(this.real(hold));
    this.same('markCancelled', cancelled, this.model.end(hold, { status: 'cancelled' }));
  }

  async requeue(hold: ModelHold, requeue: ModelRequeue): Promise<void> {
    const { delay, counts, lost } = requeue;
    const left = await this.world.jobs.requeue(this.real(hold), { delayMs: delay * MINUTE, counts, lost });
    this.same('requeue', left, this.model.requeue(hold, requeue));
  }

  async requestCancel(key: number, by: string | undefined): Promise<void> {
    const owner = by ?? (this.model.jobs[key] as ModelJob).owner;
    const result = await this.world.jobs.requestCancel(this.id(key), this.owner(owner));
    expect(result).toEqual(this.model.requestCancel(key, owner));
    this.seen.add(`requestCancel: ${result?.status}${result?.changed ? ' now' : ''}`);
  }

  async softDelete(key: number, by: string | undefined): Promise<void> {
    const owner = by ?? (this.model.jobs[key] as ModelJob).owner;
    const deleted = await this.world.images.softDelete(this.id(key), this.owner(owner));
    this.same('softDelete', deleted, this.model.softDelete(key, owner));
  }

  async orphanExpired(): Promise<void> {
    this.lost('orphanExpired', await this.world.jobs.orphanExpired(), this.model.orphanExpired());
  }

  async handOver(runner: string): Promise<void> {
    this.lost('handOver', await this.world.jobs.handOver(runner), this.model.handOver(runner));
  }

  async pass(minutes: number): Promise<void> {
    await passTime(this.world.database, minutes * MINUTE);
    this.model.now += minutes;
  }

  /** The rows, column by column. */
  async verify(): Promise<void> {
    const rows = await this.world.database.read((queries) =>
      queries
        .select({
          id: images.id,
          ownerId: images.ownerId,
          status: images.status,
          fence: images.fence,
          attempt: images.attempt,
          losses: images.losses,
          runner: images.runner,
          server: images.server,
          promptId: images.promptId,
          file: images.fileKey,
          error: images.errorCode,
          sent: sql<boolean>`${images.sentAt} is not null`,
          deleted: sql<boolean>`${images.deletedAt} is not null`,
          leaseMs: sql<number>`extract(epoch from ${images.leasedUntil} - clock_timestamp())::float8 * 1000`,
          waitMs: sql<number>`extract(epoch from ${images.runAfter} - clock_timestamp())::float8 * 1000`,
        })
        .from(images)
        .orderBy(images.createdAt, images.id),
    );
    expect(
      rows.map(({ leaseMs: lease, waitMs, ...row }) => ({
        ...row,
        lease: wholeMinutes(lease),
        wait: wholeMinutes(waitMs),
      })),
    ).toEqual(
      this.model.jobs.map((job) => ({
        id: this.ids[job.key],
        ownerId: this.owner(job.owner),
        status: job.status,
        fence: job.fence,
        attempt: job.attempt,
        losses: job.losses,
        runner: job.runner,
        server: job.server,
        promptId: this.promptIds.get(job.prompt) ?? null,
        file: job.file,
        error: job.error,
        sent: job.sent,
        deleted: job.deleted,
        lease: job.leasedUntil === null ? null : Math.floor(job.leasedUntil - this.model.now),
        wait: job.runAfter === null ? null : Math.floor(job.runAfter - this.model.now),
      })),
    );
  }

  private same(operation: string, result: unknown, expected: unknown): void {
    this.seen.add(`${operation}: ${String(result)}`);
    expect(result).toBe(expected);
  }

  private got(operation: string, job: ImageJob | null, expected: ModelJob | null): void {
    this.seen.add(`${operation}: ${job?.status ?? null}`);
    if (!expected) return expect(job).toBeNull();
    if (!this.promptIds.has(expected.prompt)) {
      expect([...this.promptIds.values()]).not.toContain(job?.promptId);
      this.promptIds.set(expected.prompt, job?.promptId as string);
    }
    const { key, fence, status, attempt, losses, server, sent, owner } = expected;
    expect(job).toMatchObject({
      id: this.ids[key],
      fence,
      status,
      attempt,
      losses,
      server,
      ownerId: this.owner(owner),
    });
    expect([job?.promptId, job?.sentAt !== null]).toEqual([this.promptIds.get(expected.prompt), sent]);
    this.holds.push({ key, fence });
  }

  private lost(operation: string, ids: string[], expected: number[]): void {
    this.seen.add(`${operation}: ${ids.length > 0}`);
    expect(ids.map((id) => this.ids.indexOf(id)).sort()).toEqual(expected.sort());
  }

  private image(owner: string): NewImage {
    return { ownerId: this.owner(owner), prompt: 'a sluice', seed: '1', width: 64, height: 64 };
  }

  private real({ key, fence }: ModelHold): HeldJob {
    return { id: this.id(key), fence };
  }

  private id(key: number): string {
    return this.ids[key] as string;
  }

  private owner(name: string): string {
    return this.world.owners[name] as string;
  }
}

function wholeMinutes(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.floor(milliseconds / MINUTE);
}
