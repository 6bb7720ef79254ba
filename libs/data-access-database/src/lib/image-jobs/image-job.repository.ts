import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../connection/database';
import type { ImageError, ImageFile, NewImage } from '../images/image';
import { backlog } from './backlog';
import { claimNext } from './claim-next';
import { complete, fail, markCancelled, markSent, requeue } from './endings';
import { enqueue } from './enqueue';
import type {
  AdoptRequest,
  Backlog,
  CancelResult,
  ClaimRequest,
  EnqueueOptions,
  EnqueueResult,
  HeldJob,
  ImageJob,
  RenewedJob,
  RenewRequest,
  RequeueOptions,
  RunningStatus,
} from './image-job';
import { adoptNext, handOver, orphanExpired, renew } from './leases';
import { requestCancel } from './request-cancel';

/**
 * The jobs that make images, from `queued` to `completed`, `failed` or `cancelled`. Whoever has claimed or adopted one
 * holds it: until the lease has run out and a sweep has noticed, or it was handed over, nobody else does. All times are
 * of the database's clock, every method rejects with `DatabaseError`, and each is safe to repeat when its outcome is
 * `unknown`: a claim or an adoption whose answer was lost is held by nobody and comes back when its lease runs out.
 *
 * @example
 * ```ts
 * const job = (await jobs.adoptNext({ runner, leaseMs })) ?? (await jobs.claimNext({ runner, servers, slots, leaseMs }));
 * if (!job) return; // nothing to do, or no free slot
 * if ((await jobs.markSent(job)) === 'generating') await send(job);
 * // … follow it, and call `renew` well before the lease runs out …
 * if (!(await jobs.complete(job, file))) return; // somebody else holds it: what we have is not wanted
 * ```
 */
@Injectable()
export class ImageJobRepository {
  @Inject() private readonly database!: Database;

  /**
   * Makes an image, unless its owner has too many unfinished ones; exact however many ask at once. What was made under
   * its id before is found again, whatever the quota.
   *
   * @throws DatabaseError `DATABASE_INVALID` when the character is not there, `DATABASE_CONFLICT` when the id is that
   * of somebody else's image
   */
  enqueue(image: NewImage, options: EnqueueOptions): Promise<EnqueueResult> {
    return this.database.transaction((queries) => enqueue(queries, image, options));
  }

  /**
   * Takes the next queued job whose time has come: that of the owner with the fewest in flight, then of the one who has
   * waited longest. It is for the server with the fewest in flight, of several the one that is named first.
   *
   * @returns null when there is none or all servers are full
   */
  claimNext(request: ClaimRequest): Promise<ImageJob | null> {
    return this.database.transaction((queries) => claimNext(queries, request));
  }

  /** Takes over a job that nobody holds; its slot, attempt and prompt id stay. @returns null when there is none */
  adoptNext(request: AdoptRequest): Promise<ImageJob | null> {
    return this.database.write((queries) => adoptNext(queries, request));
  }

  /** One statement for all. @returns those that are still ours; for the others there is nothing left to do */
  renew(request: RenewRequest): Promise<RenewedJob[]> {
    return this.database.write((queries) => renew(queries, request));
  }

  /**
   * To be called right before it is sent. It may be called again, so as to look whether the job is still ours and
   * wanted.
   *
   * @returns `generating`: send it; `cancelling`: do not; null: it is not ours any more
   */
  markSent(job: HeldJob): Promise<RunningStatus | null> {
    return this.database.write((queries) => markSent(queries, job));
  }

  /**
   * It counts even if its owner has asked to cancel it: the picture is there.
   *
   * @returns false when it is not ours any more, or has ended otherwise; then it has not got this file
   */
  complete(job: HeldJob, file: ImageFile): Promise<boolean> {
    return this.database.write((queries) => complete(queries, job, file));
  }

  /** For good; else `requeue`. The message is cut after 1,000 characters. @returns false when it is not ours any more */
  fail(job: HeldJob, error: ImageError): Promise<boolean> {
    return this.database.write((queries) => fail(queries, job, error));
  }

  /** When it is sure that the server does not work on it any more. @returns false when it is not ours any more */
  markCancelled(job: HeldJob): Promise<boolean> {
    return this.database.write((queries) => markCancelled(queries, job));
  }

  /**
   * Lets it be claimed again, by anybody, for any server and under another prompt id; only when it is sure that the
   * server does not work on it any more.
   *
   * @returns `cancelled` instead when its owner has asked for that; null when it is not ours any more
   */
  requeue(job: HeldJob, options?: RequeueOptions): Promise<'queued' | 'cancelled' | null> {
    return this.database.write((queries) => requeue(queries, job, options));
  }

  /** Safe to repeat. @returns null when the image is not there or somebody else's */
  requestCancel(imageId: string, ownerId: string): Promise<CancelResult | null> {
    return this.database.write((queries) => requestCancel(queries, imageId, ownerId));
  }

  /**
   * Takes the jobs whose lease is over from those who held them; anybody may adopt them then, and sees from `losses`
   * how often that has happened.
   *
   * @returns their ids
   */
  orphanExpired(): Promise<string[]> {
    return this.database.write((queries) => orphanExpired(queries));
  }

  /** The same with all jobs of a process at once, by itself when it stops. @returns their ids */
  handOver(runner: string): Promise<string[]> {
    return this.database.write((queries) => handOver(queries, runner));
  }

  /** How much is unfinished, of all owners, and for how long. */
  backlog(): Promise<Backlog> {
    return this.database.read((queries) => backlog(queries));
  }
}
