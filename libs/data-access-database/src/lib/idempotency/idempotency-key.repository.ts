import { Inject, Injectable } from '@nestjs/common';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { Database, type Queries } from '../connection/database';
import { BATCH_ROWS, inBatches, isPastRetention } from '../retention/retention';
import type { RetentionRequest } from '../retention/retention-request';
import { idempotencyKeys } from '../schema/idempotency-keys';
import { claim } from './claim';
import type { ClaimResult, IdempotencyClaim, IdempotencyRequest, IdempotentAnswer } from './idempotency-key';

const { id, attempt, answerStatus, answerBody, expiresAt } = idempotencyKeys;

const isOurs = (ours: IdempotencyClaim) => and(eq(id, ours.id), eq(attempt, ours.attempt));

/**
 * Lets a request be answered once, however often it is sent. A key is kept for 24 h from its claim, by the clock of
 * the database; after that it is as if it had never been used. Every method rejects with `DatabaseError`.
 *
 * @example
 * ```ts
 * const result = await keys.claim({ userId, key, requestHash });
 * if (result.outcome !== 'claimed') return replayOrRefuse(result);
 * const body = await makeOnce(result.claim.id, request); // finds what is there under this id already
 * if (await keys.complete(result.claim, { status: 202, body })) return body;
 * // Too slow, somebody else answers: claim again and give their answer.
 * ```
 */
@Injectable()
export class IdempotencyKeyRepository {
  @Inject() private readonly database!: Database;

  /**
   * Of several at once with the same key exactly one is `claimed`. A claim that was neither completed nor abandoned
   * can be taken over when its lease has run out; it is `claimed` again, by one.
   */
  claim(request: IdempotencyRequest): Promise<ClaimResult> {
    return this.database.write((queries) => claim(queries, request));
  }

  /**
   * Stores the answer, which others are given from now on. Safe to repeat: the first answer stays.
   *
   * @returns false when the claim is no longer ours; then this answer must not be given, but the stored one
   */
  async complete(ours: IdempotencyClaim, answer: IdempotentAnswer): Promise<boolean> {
    const completed = await this.database.write(async (queries) => {
      const body = JSON.stringify(answer.body ?? null);
      return queries
        .update(idempotencyKeys)
        .set({
          answerStatus: sql`coalesce(${answerStatus}, ${answer.status})`,
          answerBody: sql`coalesce(${answerBody}, ${body}::json)`,
        })
        .where(isOurs(ours))
        .returning({ id });
    });
    return completed.length > 0;
  }

  /**
   * Forgets the key, so that the next request with it is claimed anew, under another id. Only for when nothing was
   * made: if that is not sure, let the lease run out, and the next one goes on under the same id.
   *
   * @returns false when the claim is no longer ours or has been completed
   */
  async abandon(ours: IdempotencyClaim): Promise<boolean> {
    const abandoned = await this.database.write((queries) =>
      queries
        .delete(idempotencyKeys)
        .where(and(isOurs(ours), isNull(answerStatus)))
        .returning({ id }),
    );
    return abandoned.length > 0;
  }

  /**
   * Deletes the keys that expired more than 30 days before `asOf`, at most 1,000 rows a statement; when it stops or
   * fails, what is gone stays gone.
   *
   * @returns how many were deleted
   */
  deleteExpired({ asOf, signal }: RetentionRequest = {}): Promise<number> {
    return inBatches(() => this.database.write((queries) => deleteBatch(queries, asOf)), signal);
  }
}

async function deleteBatch(queries: Queries, asOf: Date | undefined): Promise<number> {
  const batch = queries
    .select({ id })
    .from(idempotencyKeys)
    .where(isPastRetention(sql`${expiresAt}`, asOf))
    .orderBy(expiresAt)
    .limit(BATCH_ROWS)
    .for('update', { skipLocked: true });
  // An array is computed once, a join might run the sub-select again and take more rows.
  const { rowCount } = await queries.delete(idempotencyKeys).where(sql`${id} = any(array(${batch}))`);
  return rowCount ?? 0;
}
