import { and, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { idempotencyKeys } from '../schema/idempotency-keys';
import type { ClaimResult, IdempotencyRequest } from './idempotency-key';

const KEPT_MS = 24 * 60 * 60 * 1_000;
const LEASE_MS = 30_000;

const { id, userId, key, requestHash, attempt, leasedUntil, answerStatus, answerBody, expiresAt } =
  idempotencyKeys;

const isExpired = sql`${expiresAt} <= clock_timestamp()`;
/** Whoever claimed it has died, or will find out that it was too slow. */
const isForsaken = and(isNull(answerStatus), sql`${leasedUntil} <= clock_timestamp()`);
const isFree = or(isExpired, isForsaken) as SQL;

/** Two statements as a rule, three behind somebody who was quicker; each sees what was committed before it. */
export async function claim(queries: Queries, request: IdempotencyRequest): Promise<ClaimResult> {
  const result = (await look(queries, request)) ?? (await take(queries, request));
  // Somebody else took it. When theirs is gone by now as well, the caller asks again and may have it.
  return result ?? (await look(queries, request)) ?? { outcome: 'in-progress' };
}

async function look(queries: Queries, request: IdempotencyRequest): Promise<ClaimResult | undefined> {
  const [found] = await queries
    .select({
      sameRequest: sql<boolean>`${requestHash} = ${request.requestHash}`,
      status: answerStatus,
      // As text, for Drizzle would parse once more what the driver has parsed, if that is a string.
      body: sql<string>`${answerBody}::text`,
    })
    .from(idempotencyKeys)
    .where(and(eq(userId, request.userId), eq(key, request.key), sql`not (${isFree})`));
  if (!found) return undefined;
  if (!found.sameRequest) return { outcome: 'other-request' };
  if (found.status === null) return { outcome: 'in-progress' };
  return { outcome: 'done', answer: { status: found.status, body: JSON.parse(found.body) as unknown } };
}

/** The unique index decides who makes the row, its lock who takes it over. */
async function take(
  queries: Queries,
  { leaseMs = LEASE_MS, ...request }: IdempotencyRequest,
): Promise<ClaimResult | undefined> {
  const continues = sql`${requestHash} = excluded.request_hash and ${answerStatus} is null and not (${isExpired})`;
  const [claimed] = await queries
    .insert(idempotencyKeys)
    .values({ ...request, leasedUntil: inMs(leaseMs), expiresAt: inMs(KEPT_MS) })
    .onConflictDoUpdate({
      target: [userId, key],
      set: {
        id: sql`case when ${continues} then ${id} else excluded.id end`,
        attempt: sql`case when ${continues} then ${attempt} + 1 else 1 end`,
        requestHash: sql`excluded.request_hash`,
        leasedUntil: inMs(leaseMs),
        answerStatus: null,
        answerBody: null,
        expiresAt: inMs(KEPT_MS),
      },
      setWhere: isFree,
    })
    .returning({ id, attempt });
  return claimed && { outcome: 'claimed', claim: claimed };
}

function inMs(milliseconds: number): SQL {
  return sql`clock_timestamp() + ${milliseconds} * interval '1 millisecond'`;
}
