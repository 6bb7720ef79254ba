import { z } from 'zod';

/** The shape of every list. */
export interface List<T> {
  data: T[];
  page: { nextCursor: string | null; hasMore: boolean };
}

/** The schema of a list of these. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    data: z.array(item),
    page: z.strictObject({ nextCursor: z.string().nullable(), hasMore: z.boolean() }),
  });
}

/** Makes a list's answer. `nextCursor` is null on the last page. */
export function list<T>(data: T[], nextCursor: string | null): List<T> {
  return { data, page: { nextCursor, hasMore: nextCursor !== null } };
}
