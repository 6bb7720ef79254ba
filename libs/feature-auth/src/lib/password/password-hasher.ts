import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { problem } from '@sluice/util-http';
import { BoundedQueue, QueueFullError } from './bounded-queue';

/**
 * Two at a time: a hash keeps a thread of libuv's pool of four busy for tens of milliseconds, and the other two
 * are left to DNS and files. Sixty-four waiting are about three seconds of work.
 */
const LIMITS = { concurrency: 2, waiting: 64 };

/** Hashes and checks passwords with argon2id (19 MiB, 2 passes, 1 lane). */
@Injectable()
export class PasswordHasher {
  private readonly queue = new BoundedQueue(LIMITS);
  private decoy: Promise<string> | undefined;

  /** @throws ProblemError 503 when too many passwords are being hashed already */
  hash(password: string): Promise<string> {
    return this.bounded(() => hash(normalised(password)));
  }

  /**
   * Whether the password belongs to the hash. Without a hash (nobody has that e-mail) a decoy is checked, so that
   * the answer takes as long as for a wrong password, and the answer is no.
   *
   * @throws ProblemError 503 when too many passwords are being hashed already
   */
  verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    return this.bounded(async () => {
      if (passwordHash !== undefined) return verify(passwordHash, normalised(password));
      await verify(await this.decoyHash(), normalised(password));
      return false;
    });
  }

  /** Makes the decoy before the first sign-in, which would otherwise be the one that takes longer. */
  async onModuleInit(): Promise<void> {
    await this.decoyHash();
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= hash(randomBytes(32));
    return this.decoy;
  }

  private async bounded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.queue.run(work);
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      throw problem(503, {
        detail: 'Too many people are signing in at this moment. Try again in a few seconds.',
        headers: { 'Retry-After': '3' },
      });
    }
  }
}

/** One spelling for one password: keyboards differ in how they compose accented letters. */
function normalised(password: string): string {
  return password.normalize('NFKC');
}
