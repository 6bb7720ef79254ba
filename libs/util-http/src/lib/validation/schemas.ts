import { z } from 'zod';

/** An id: any UUID; lower case, so that one object has one cache key. */
export const uuidSchema = z.guid('Must be a UUID').toLowerCase();

/** `:id` in a path. */
export const idParams = z.strictObject({ id: uuidSchema });

/** A query is text. What JavaScript takes for a number besides digits (`0x10`, `1e1`, nothing) is none. */
const digits = (text: unknown): unknown =>
  typeof text === 'string' && /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;

/** `?limit=1..100&cursor=…` of every list; extend it for filters. */
export const pageQuery = z.strictObject({
  limit: z
    .preprocess(
      digits,
      z.int('Must be a whole number').min(1, 'Must be at least 1').max(100, 'Must be at most 100'),
    )
    .default(20)
    .describe('How many to answer at most'),
  cursor: z.string().max(1_000).optional().describe('`page.nextCursor` of the page before'),
});

export type PageQuery = z.infer<typeof pageQuery>;

/** A time in an answer: ISO 8601, UTC. */
export const timeSchema = z.iso.datetime();
