import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DatabaseError, type IdempotencyClaim, IdempotencyKeyRepository } from '@sluice/data-access-database';
import { problem } from '@sluice/util-http';

export interface KeyedRequest {
  userId: string;
  key: string;
  /** See `requestHash`. */
  requestHash: string;
}

/** For so long a process that has died keeps a key. Longer than an answer takes, and shorter than one waits for it. */
const LEASE_MS = 10_000;
const PATIENCE_MS = 12_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
const ACCEPTED = 202;

/** Answers a request once, however often it is sent. Needs the database alone. */
@Injectable()
export class IdempotentAnswers {
  constructor(private readonly keys: IdempotencyKeyRepository) {}

  /**
   * @param make makes the thing under this id, or finds it there, and answers; only what it answers is remembered
   * @throws ProblemError 422 when the key belongs to another body, 503 when the first answer does not come; what
   * `make` throws
   */
  async once<Answer>(request: KeyedRequest, make: (id: string) => Promise<Answer>): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const result = await this.keys.claim({ ...request, leaseMs: LEASE_MS });
      if (result.outcome === 'other-request') throw otherRequest();
      if (result.outcome === 'done') return result.answer.body as Answer;
      if (result.outcome === 'claimed') {
        const body = await this.#make(result.claim, make);
        if (await this.keys.complete(result.claim, { status: ACCEPTED, body })) return body;
        // Too slow: somebody else answers.
      }
      if (performance.now() > deadline) throw stillBusy();
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  async #make<Answer>(claim: IdempotencyClaim, make: (id: string) => Promise<Answer>): Promise<Answer> {
    try {
      return await make(claim.id);
    } catch (error) {
      // What was perhaps made must be found again under this id; then the key stays, and its lease runs out.
      const nothingMade =
        claim.attempt === 1 && !(error instanceof DatabaseError && error.outcome === 'unknown');
      if (nothingMade) await this.keys.abandon(claim).catch(() => undefined);
      throw error;
    }
  }
}

function otherRequest() {
  return problem(422, {
    detail: 'This Idempotency-Key was used for another body. Use a new key for a new request.',
  });
}

function stillBusy() {
  return problem(503, {
    detail: 'The first request with this Idempotency-Key is still being answered. Send it again in a moment.',
    headers: { 'Retry-After': '2' },
  });
}
