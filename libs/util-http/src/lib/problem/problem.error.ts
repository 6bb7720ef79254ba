/** One wrong field of an input: where it is (`config.age`, `limit`) and what is wrong with it. */
export interface FieldError {
  path: string;
  message: string;
}

/** What can be said about a problem besides its status. */
export interface ProblemOptions {
  /** One or two sentences for the caller: what happened and what to do. Shown as it is, so nothing secret. */
  detail: string;
  /** Every wrong field, for invalid input. */
  errors?: readonly FieldError[];
  /** Headers of the answer, such as `Retry-After` or `WWW-Authenticate`. */
  headers?: Readonly<Record<string, string>>;
  /** URI of a kind of problem that has a name. Default `about:blank`: the status says all. */
  type?: string;
  /** Names of the rate limits that the request exceeded. */
  violatedPolicies?: readonly string[];
}

/** An answer other than success, thrown by features and turned into `application/problem+json` by the filter. */
export class ProblemError extends Error {
  readonly errors?: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly violatedPolicies?: readonly string[];

  constructor(
    readonly status: number,
    options: ProblemOptions,
  ) {
    super(options.detail);
    this.name = 'ProblemError';
    if (options.errors) this.errors = options.errors;
    this.headers = options.headers ?? {};
    if (options.type !== undefined) this.type = options.type;
    if (options.violatedPolicies) this.violatedPolicies = options.violatedPolicies;
  }
}

/**
 * Makes the error to throw for one HTTP status.
 *
 * @example
 * ```ts
 * throw problem(404, { detail: 'There is no such character.' });
 * ```
 */
export function problem(status: number, options: ProblemOptions): ProblemError {
  return new ProblemError(status, options);
}
