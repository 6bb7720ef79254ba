import { and, inArray, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Queries } from '../connection/database';
import { BATCH_ROWS, isPastRetention } from '../retention/retention';
import { isOneOf } from '../schema/image-statuses';
import { images } from '../schema/images';
import type { DeletedImage, DeletedImagesRequest } from './image-file';
import { isLocked } from './locked-rows';
import { usedKeys } from './used-keys';

/** Two statements: which may go, and which of their files others use. The second sees what came since the first. */
export async function listDeleted(
  queries: Queries,
  { asOf, after }: DeletedImagesRequest,
): Promise<DeletedImage[]> {
  const rows = await queries
    .select({
      id: images.id,
      deletedAt: sql<Date>`${images.deletedAt}`.mapWith(images.deletedAt),
      fileKey: images.fileKey,
      thumbKey: images.thumbKey,
    })
    .from(images)
    .where(and(mayGo(asOf), isAfter(after)))
    .orderBy(images.deletedAt, images.id)
    .limit(BATCH_ROWS);
  const filesOf = ({ fileKey, thumbKey }: (typeof rows)[number]) =>
    [fileKey, thumbKey].filter((key) => key !== null);
  // Two images whose bytes are the same may have one file.
  const shared = await usedKeys(queries, rows.flatMap(filesOf), sql`${mayGo(asOf)} is not true`);
  return rows.map((row) => ({
    id: row.id,
    deletedAt: row.deletedAt,
    fileKeys: filesOf(row).filter((key) => !shared.has(key)),
  }));
}

export async function forgetDeleted(
  queries: Queries,
  ids: readonly string[],
  asOf: Date | undefined,
): Promise<number> {
  const named = and(inArray(images.id, [...ids]), mayGo(asOf));
  const { rowCount } = await queries.delete(images).where(isLocked(queries, named, { skipLocked: true }));
  return rowCount ?? 0;
}

function mayGo(asOf: Date | undefined): SQL {
  const { status, deletedAt }: Record<'status' | 'deletedAt', PgColumn> = images;
  const hasEnded = isOneOf(status, ['completed', 'failed', 'cancelled']);
  return and(isPastRetention(sql`${deletedAt}`, asOf), hasEnded) as SQL;
}

function isAfter(position: DeletedImagesRequest['after']): SQL | undefined {
  if (!position) return undefined;
  const time = position.deletedAt.toISOString();
  return sql`(${images.deletedAt}, ${images.id}) > (${time}::timestamptz, ${position.id}::uuid)`;
}
