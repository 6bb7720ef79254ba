import { and, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../connection/database';
import { isQueued } from '../schema/image-statuses';
import { images } from '../schema/images';
import { inFlight, takenBy } from './holding';
import type { ClaimRequest, ImageJob } from './image-job';
import { jobColumns, toJob } from './job-columns';

/** Any number that nobody else locks in the same database. */
export const CLAIM_LOCK = 7_834_021_966;

/** Runs in a transaction at `read committed`. */
export async function claimNext(
  queries: Queries,
  { runner, servers, slots, leaseMs }: ClaimRequest,
): Promise<ImageJob | null> {
  // One at a time, or two would count the same free slot, and give the same owner its turn.
  await queries.execute(sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
  const server = await freestOf(queries, servers, slots);
  if (server === undefined) return null;
  const [claimed] = await queries
    .update(images)
    .set({
      ...takenBy(runner, leaseMs),
      status: 'generating',
      server,
      promptId: sql`gen_random_uuid()`,
      claimedAt: sql`clock_timestamp()`,
      runAfter: null,
    })
    .where(sql`${images.id} = (${nextInTurn(queries)})`)
    .returning(jobColumns);
  return claimed ? toJob(claimed) : null;
}

const isDue = and(
  isQueued(images.status),
  or(isNull(images.runAfter), sql`${images.runAfter} <= clock_timestamp()`),
);

/** Chosen with each claim anew, or a server would be idle whose turn came just before the job did. */
async function freestOf(
  queries: Queries,
  servers: readonly string[],
  slots: number,
): Promise<string | undefined> {
  const jobs = sql`count(${images.id})`;
  const { rows } = await queries.execute<{ url: string }>(sql`
    select place.url
    from unnest(${sql.param(servers)}::text[]) with ordinality place (url, number)
      left join ${images} on ${images.server} = place.url and ${inFlight}
    group by place.url, place.number
    having ${jobs} < ${slots}
    order by ${jobs}, place.number
    limit 1`);
  return rows[0]?.url;
}

/**
 * The oldest job of the owner whose turn it is: who has the fewest in flight, and of those who has waited longest,
 * counted from the last claim of that owner or, if it came later, from when the job came. So one owner's hundred jobs
 * do not go before another's first one, even where there is a single slot.
 *
 * The turns are gone through in their order until one of them has a job that nobody is changing.
 */
export function nextInTurn(queries: Queries) {
  const running = queries
    .select({ ownerId: images.ownerId, jobs: sql`count(*)`.as('jobs') })
    .from(images)
    .where(inFlight)
    .groupBy(images.ownerId)
    .as('running');
  const lastClaim = queries
    .select({ at: sql`max(${images.claimedAt})` })
    .from(images)
    .where(sql`${images.ownerId} = firsts.owner_id`);
  const job = queries
    .select({ id: images.id })
    .from(images)
    .where(and(isDue, sql`${images.ownerId} = turns.owner_id`))
    .orderBy(images.createdAt, images.id)
    .limit(1)
    // What somebody is just cancelling is passed over: the next one will do.
    .for('update', { skipLocked: true });
  return sql`
    with recursive firsts as (
      (${firstDue(queries)})
      union all
      select following.* from firsts, lateral (${firstDue(queries, sql`firsts.owner_id`)}) following
    ), turns as (
      select firsts.owner_id
      from firsts left join ${running} on ${running.ownerId} = firsts.owner_id
      order by coalesce(${running.jobs}, 0), greatest(firsts.created_at, (${lastClaim})), firsts.created_at, firsts.id
    )
    select job.id from turns, lateral (${job}) job limit 1`;
}

/**
 * The first due job of the first owner behind this one. From one to the next the index leads past all the others, so
 * that what a claim costs hangs on how many owners wait, and not on how many jobs.
 */
function firstDue(queries: Queries, behind?: SQL) {
  return queries
    .select({ ownerId: images.ownerId, createdAt: images.createdAt, id: images.id })
    .from(images)
    .where(and(isDue, behind && sql`${images.ownerId} > ${behind}`))
    .orderBy(images.ownerId, images.createdAt, images.id)
    .limit(1);
}
