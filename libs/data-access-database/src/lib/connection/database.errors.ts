/** Every code a {@link DatabaseError} can carry, with what it means and what to do about it. */
export const DATABASE_ERROR_CODES = {
  DATABASE_UNAVAILABLE: {
    means:
      'PostgreSQL cannot serve right now: not reachable, refusing us, starting or stopping, full, not migrated yet, all connections busy, or it ended a deadlock at our cost.',
    todo: 'Answer 503 and try again later. If it lasts: check that the server runs, that DATABASE_URL is right, and that DATABASE_POOL_SIZE fits the load.',
  },
  DATABASE_TIMEOUT: {
    means: 'No answer within the deadline. A write may or may not have happened (`outcome: "unknown"`).',
    todo: 'Repeat only what is safe to repeat. If it is frequent: look for slow statements and long locks before raising DATABASE_STATEMENT_TIMEOUT_MS.',
  },
  DATABASE_CONFLICT: {
    means: 'Another row has this value already; `constraint` names the rule.',
    todo: 'Tell the user what is taken; repeating will not help.',
  },
  DATABASE_INVALID: {
    means: 'A value does not fit its column, breaks a check, or refers to a row that is not there.',
    todo: 'Validate the input before it is stored; `constraint` names the rule, if it was one.',
  },
  DATABASE_FAILED: {
    means: 'The statement failed for a reason that is a fault of ours or of the server.',
    todo: "Look up the SQLSTATE and read the server's log; repeating will hardly help.",
  },
  DATABASE_CONFIG: {
    means: 'The configuration of the database is missing or wrong.',
    todo: 'Correct what the message names.',
  },
} as const satisfies Record<string, { means: string; todo: string }>;

/** The stable code of a {@link DatabaseError}; branch on this, never on the message. */
export type DatabaseErrorCode = keyof typeof DATABASE_ERROR_CODES;

/** Whether a failed operation can have taken effect. */
export type DatabaseOutcome = 'not-executed' | 'unknown';

export interface DatabaseErrorDetails {
  /** Default `not-executed`. */
  outcome?: DatabaseOutcome;
  /** PostgreSQL's five-character code, when it was the server that answered. */
  sqlState?: string | undefined;
  /** The violated constraint or unique index, e.g. `users_email_key`. */
  constraint?: string | undefined;
  /** The system's word (`ECONNREFUSED`) or ours (`NO_ANSWER`), when it was not the server that answered. */
  reason?: string | undefined;
}

/**
 * What every call of this library rejects with. It carries no value, no SQL and no connection string: errors of
 * the driver and of Drizzle hold all of these in their messages and properties, so nothing of them is kept.
 *
 * @example
 * ```ts
 * if (error instanceof DatabaseError && error.code === 'DATABASE_CONFLICT') throw taken();
 * ```
 */
export class DatabaseError extends Error {
  readonly outcome: DatabaseOutcome;
  readonly sqlState?: string;
  readonly constraint?: string;
  readonly reason?: string;

  constructor(
    readonly code: DatabaseErrorCode,
    what: string,
    { outcome = 'not-executed', sqlState, constraint, reason }: DatabaseErrorDetails = {},
  ) {
    super(`${what} ${DATABASE_ERROR_CODES[code].todo}`);
    this.name = new.target.name;
    this.outcome = outcome;
    if (sqlState) this.sqlState = sqlState;
    if (constraint) this.constraint = constraint;
    if (reason) this.reason = reason;
  }
}

/** `DATABASE_CONFIG`: one message for all that is wrong with the configuration. */
export class DatabaseConfigError extends DatabaseError {
  constructor(readonly problems: readonly string[]) {
    super(
      'DATABASE_CONFIG',
      `The database is not configured correctly:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`,
    );
  }
}
