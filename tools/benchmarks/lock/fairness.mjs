/**
 * Jain's index: 1 when all have the same, 1/n when one of n has everything.
 *
 * @param {number[]} shares
 */
export function jainIndex(shares) {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? NaN : (sum * sum) / (shares.length * squares);
}

/** How many got less than a tenth of an equal share. */
export function starved(shares) {
  const fair = shares.reduce((total, share) => total + share, 0) / shares.length;
  return shares.filter((share) => share < fair / 10).length;
}

/**
 * How often a lock was taken before its last holder had begun to let go of it.
 *
 * @param {[number, number][]} holds from and to
 */
export function overlaps(holds) {
  const inOrder = [...holds].sort(([a], [b]) => a - b);
  let latestEnd = -Infinity;
  let count = 0;
  for (const [from, to] of inOrder) {
    if (from < latestEnd) count += 1;
    latestEnd = Math.max(latestEnd, to);
  }
  return count;
}
