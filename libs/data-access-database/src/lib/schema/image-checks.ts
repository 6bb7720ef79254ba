import { sql } from 'drizzle-orm';
import { check, type PgColumn } from 'drizzle-orm/pg-core';
import { IMAGE_STATUSES, isInFlight, isOneOf, isQueued } from './image-statuses';

type Columns<Name extends string> = Record<Name, PgColumn>;

/** What may be asked for. */
export function requestChecks({
  prompt,
  seed,
  width,
  height,
}: Columns<'prompt' | 'seed' | 'width' | 'height'>) {
  return [
    check('images_prompt_check', sql`char_length(${prompt}) between 1 and 4000`),
    // With `case`, since `and` promises no order and the cast refuses what the pattern does.
    check(
      'images_seed_check',
      sql`case when ${seed} ~ '^(0|[1-9][0-9]{0,19})$' then ${seed}::numeric <= 18446744073709551615 else false end`,
    ),
    check('images_width_check', sql`${width} between 64 and 2048 and ${width} % 8 = 0`),
    check('images_height_check', sql`${height} between 64 and 2048 and ${height} % 8 = 0`),
  ];
}

/** Which columns of the job are filled in which status: a write that forgets one is refused. */
export function jobChecks({
  status,
  attempt,
  runner,
  leasedUntil,
  server,
  promptId,
  sentAt,
  runAfter,
}: Columns<'status' | 'attempt' | 'runner' | 'leasedUntil' | 'server' | 'promptId' | 'sentAt' | 'runAfter'>) {
  return [
    check('images_status_check', isOneOf(status, IMAGE_STATUSES)),
    check('images_attempt_check', sql`${attempt} >= 1`),
    check(
      'images_lease_check',
      sql`(${runner} is null) = (${leasedUntil} is null) and (${runner} is null or ${isInFlight(status)})`,
    ),
    check(
      'images_prompt_id_check',
      sql`(${server} is null) = (${promptId} is null) and (${sentAt} is null or ${promptId} is not null)`,
    ),
    check(
      'images_server_check',
      sql`case when ${isQueued(status)} then ${server} is null when ${isInFlight(status)} then ${server} is not null else true end`,
    ),
    check('images_run_after_check', sql`${runAfter} is null or ${isQueued(status)}`),
  ];
}

/** A completed image has all of its file, a failed one says why, and no other has any of that. */
export function endChecks({
  status,
  completedAt,
  fileKey,
  thumbKey,
  contentType,
  bytes,
  sha256,
  errorCode,
  error,
}: Columns<
  | 'status'
  | 'completedAt'
  | 'fileKey'
  | 'thumbKey'
  | 'contentType'
  | 'bytes'
  | 'sha256'
  | 'errorCode'
  | 'error'
>) {
  return [
    check(
      'images_file_check',
      sql`num_nulls(${completedAt}, ${fileKey}, ${thumbKey}, ${contentType}, ${bytes}, ${sha256}) = case when ${status} = 'completed' then 0 else 6 end`,
    ),
    check(
      'images_error_check',
      sql`num_nulls(${errorCode}, ${error}) = case when ${status} = 'failed' then 0 else 2 end`,
    ),
    // The indexes could not hold a text of any length.
    check(
      'images_file_key_check',
      sql`char_length(${fileKey}) between 1 and 255 and char_length(${thumbKey}) between 1 and 255`,
    ),
    check('images_bytes_check', sql`${bytes} > 0`),
    check('images_sha256_check', sql`${sha256} ~ '^[0-9a-f]{64}$'`),
  ];
}
