import { DrizzleQueryError } from 'drizzle-orm';
import { DatabaseError as ServerError } from 'pg';
import { DatabaseError, type DatabaseErrorCode } from './database.errors';

/** What was being done: connecting never executes anything, and a read changes nothing when it did. */
export type DatabaseAction = 'connect' | 'read' | 'write' | 'migrate';

/** A failure as it may be told, and whether the connection it happened on can be used again. */
export interface Failure {
  error: DatabaseError;
  connectionUsable: boolean;
}

/** The server ends the connection with these, or (25006) is a demoted primary to which we should not cling. */
const ENDS_CONNECTION = /^(08|57P|25P0[345]|25006)/;

const CODES: readonly [RegExp, DatabaseErrorCode][] = [
  [/^23(505|P01)/, 'DATABASE_CONFLICT'],
  [/^2[23]/, 'DATABASE_INVALID'],
  [/^(57014|55P03|25P0[345])/, 'DATABASE_TIMEOUT'],
  [/^(08(?!P01)|28|3D|40|53|57P|25006)/, 'DATABASE_UNAVAILABLE'],
];

/** The one place that turns what pg and Drizzle throw into a {@link DatabaseError}. */
export function classify(thrown: unknown, action: DatabaseAction): Failure {
  if (thrown instanceof DatabaseError) return { error: thrown, connectionUsable: true };
  const source = origin(thrown);
  return source instanceof ServerError ? answered(source, action) : unanswered(source, action);
}

/** Drizzle wraps the driver's error, with statement and parameters around it. */
function origin(thrown: unknown): unknown {
  return thrown instanceof DrizzleQueryError && thrown.cause ? thrown.cause : thrown;
}

/** What an operator can mend, in words. */
const EXPLANATIONS: readonly [RegExp, string][] = [
  [/^28/, ': it refused the user or the password'],
  [/^3D000/, ': the database does not exist'],
  [/^42501/, ': the user lacks a privilege'],
];

function answered({ code: sqlState = '', constraint }: ServerError, action: DatabaseAction): Failure {
  const code = CODES.find(([pattern]) => pattern.test(sqlState))?.[1] ?? 'DATABASE_FAILED';
  const connectionUsable = !ENDS_CONNECTION.test(sqlState);
  // Whatever the server refuses and lives on, it has rolled back; when it hangs up, that is not sure.
  const outcome = connectionUsable || action !== 'write' ? 'not-executed' : 'unknown';
  const explanation = EXPLANATIONS.find(([pattern]) => pattern.test(sqlState))?.[1] ?? '';
  const where = constraint ? ` (${constraint})` : '';
  const what = `${prefix(action)}PostgreSQL answered with SQLSTATE ${sqlState}${where}${explanation}.`;
  return { error: new DatabaseError(code, what, { outcome, sqlState, constraint }), connectionUsable };
}

function unanswered(source: unknown, action: DatabaseAction): Failure {
  const reason = reasonOf(source);
  const [code, what] = meaningOf(reason, action);
  const outcome = action === 'write' ? 'unknown' : 'not-executed';
  const error = new DatabaseError(code, `${prefix(action)}${what}`, { outcome, reason });
  return { error, connectionUsable: false };
}

function meaningOf(reason: string, action: DatabaseAction): [DatabaseErrorCode, string] {
  if (action === 'connect')
    return ['DATABASE_UNAVAILABLE', `No connection to PostgreSQL could be had (${reason}).`];
  if (reason === 'NO_ANSWER') return ['DATABASE_TIMEOUT', 'PostgreSQL did not answer in time.'];
  if (isConnectionLoss(reason))
    return ['DATABASE_UNAVAILABLE', `The connection to PostgreSQL was lost (${reason}).`];
  return ['DATABASE_FAILED', `The operation failed without an answer from PostgreSQL (${reason}).`];
}

function prefix(action: DatabaseAction): string {
  return action === 'migrate' ? 'The database could not be migrated. ' : '';
}

/** The driver tells these apart by message only, and its messages are never shown: one could hold a value. */
const REASONS: readonly [RegExp, string][] = [
  [/^Query read timeout/, 'NO_ANSWER'],
  [/^(timeout expired|timeout exceeded|Connection terminated due to connection timeout)/, 'CONNECT_TIMEOUT'],
  [/^Connection terminated|is not queryable$/, 'CONNECTION_LOST'],
  [/^Cannot use a pool after/, 'CLOSED'],
  [/SSL connection/, 'TLS'],
  [/^SASL|password/i, 'PASSWORD'],
];

function reasonOf(source: unknown): string {
  const { code, message } = (source ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  const known = REASONS.find(([pattern]) => pattern.test(String(message)));
  return known?.[1] ?? 'UNKNOWN';
}

/** One of ours, or of the system's words (`ECONNRESET`); Node's own begin with `ERR_`. */
function isConnectionLoss(reason: string): boolean {
  return /^(CONNECTION_LOST|CONNECT_TIMEOUT|E(?!RR_)[A-Z_]+)$/.test(reason);
}

/**
 * Whether waiting may cure it: the server is away, silent or busy. A refused password, a certificate that does not
 * fit or a missing database will be the same in a minute.
 */
export function mayPass({ code, sqlState, reason = '' }: DatabaseError): boolean {
  if (code !== 'DATABASE_UNAVAILABLE' && code !== 'DATABASE_TIMEOUT') return false;
  if (sqlState) return !/^(28|3D)/.test(sqlState);
  return isConnectionLoss(reason) || reason === 'NO_ANSWER';
}
