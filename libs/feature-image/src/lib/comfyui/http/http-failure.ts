/**
 * Why there is no answer:
 * - `unreachable`: nothing was sent, for there was no connection.
 * - `broken`: it was sent, at least in part, and the answer did not come, or not whole.
 * - `late`: like `broken`, for the time was over.
 * - `too-large`: the answer is beyond its limit; it was not read to its end.
 */
export type HttpFailureKind = 'unreachable' | 'broken' | 'late' | 'too-large';

/** An exchange that failed. Holds no header, no body and no address. */
export class HttpFailure extends Error {
  constructor(
    readonly kind: HttpFailureKind,
    /** The system's word for it, such as `ECONNREFUSED`. */
    readonly reason: string,
  ) {
    super(`The exchange failed: ${kind}, ${reason}.`);
    this.name = 'HttpFailure';
  }
}
