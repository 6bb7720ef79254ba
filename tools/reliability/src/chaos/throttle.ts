/** The limit of each user in the matrix. */
export const THROTTLE = { perSecond: 10, burst: 20 } as const;
