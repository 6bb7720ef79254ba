export interface IdempotencyRequest {
  userId: string;
  /** 1 to 255 characters; two users may use the same. */
  key: string;
  /** Hash of the parsed body in a form in which the order of its fields does not count. */
  requestHash: string;
  /**
   * For so long nobody else takes the claim over, in ms of the database's clock. It has to be longer than a request
   * may take. Default 30,000.
   */
  leaseMs?: number;
}

/** The right to answer a request, held by one at a time. */
export interface IdempotencyClaim {
  /**
   * Of the operation: it stays the same when the claim is taken over. Whoever makes the thing under this id finds out
   * that the one before had already made it when it died.
   */
  id: string;
  /** 1 at first, one more with every take-over; who holds an older one can no longer complete or abandon. */
  attempt: number;
}

export interface IdempotentAnswer {
  status: number;
  /** Any JSON value. */
  body: unknown;
}

/**
 * - `claimed`: answer the request, then `complete` the claim, or `abandon` it if the answer is not to be remembered.
 * - `in-progress`: the same request is being answered; ask again in a moment.
 * - `done`: this was the answer.
 * - `other-request`: the key belongs to a request with another hash.
 */
export type ClaimResult =
  | { outcome: 'claimed'; claim: IdempotencyClaim }
  | { outcome: 'done'; answer: IdempotentAnswer }
  | { outcome: 'in-progress' }
  | { outcome: 'other-request' };
