const { statSync } = require('node:fs');

/**
 * What takes longest, by its kind: fleets of processes and faults wait for leases to run out; the end-to-end tests and
 * those on a copy of the workspace start whole programs.
 */
const LONG = /\.fleet\.spec|-faults\.spec|-e2e\/|\/(matrix|boundary)\.spec/;

/**
 * The order in which Jest begins the spec files. It would go by the size of a file where none has run before, and end
 * with a small one that takes a minute, all workers but one idle.
 */
module.exports = class LongestFirst {
  sort(tests) {
    const size = new Map(tests.map(({ path }) => [path, statSync(path).size]));
    const rank = ({ path }) => (LONG.test(path) ? Infinity : size.get(path));
    return [...tests].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  }

  cacheResults() {
    // Nothing is learnt from a run: it is the same order everywhere.
  }
};
