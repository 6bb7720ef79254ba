const FIRST_MS = 50;
const LONGEST_MS = 2_000;
const OPERATOR_MS = 3_000;

/**
 * Exponential back-off with 50 % jitter, so that instances that fell together do not come back together.
 * What only an operator can mend (password, certificate, protocol) is not hammered from the first attempt on.
 */
export function reconnectDelay(attempt: number, needsOperator: boolean, random = Math.random): number {
  const ceiling = needsOperator
    ? OPERATOR_MS
    : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 6));
  return Math.round(ceiling * (0.5 + random() / 2));
}
