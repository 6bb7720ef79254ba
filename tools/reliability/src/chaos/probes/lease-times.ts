/** Of locks and leaders in the matrix, in ms: short enough to run out within a fault. */
export const LEASE_MS = 3_000;
export const RENEW_DEADLINE_MS = 2_000;
export const RETRY_MS = 500;
/** Of who stands in line for a lock: longer than a fault. */
export const WAIT_MS = 20_000;
