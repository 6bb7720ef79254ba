/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number[]} values */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * The smallest value that is not exceeded by this share of the values; NaN when there are none.
 *
 * @param {number[]} values
 * @param {number} share from 0 to 1: 0.99 for the 99th percentile
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/**
 * @typedef {object} Distribution
 * @property {number} count
 * @property {number} min
 * @property {number} p50
 * @property {number} p99
 * @property {number} max
 *
 * @param {number[]} values
 * @returns {Distribution}
 */
export function distribution(values) {
  return {
    count: values.length,
    min: Math.min(...values),
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    max: Math.max(...values),
  };
}
