import { readFileSync, writeFileSync } from 'node:fs';
import { isStopping, stopGroups, stopOnSignal } from '../process/process-group.mjs';
import { say, sayError } from '../process/say.mjs';

// What failed is said at the end again; a failing lint does not keep a person from seeing the tests.
const failedSteps = [];
const totals = { passed: 0, failed: 0, skipped: 0 };

/**
 * Runs steps one after the other, says how many tests passed, and ends this process: with 0 when all went well and
 * tests ran.
 * @param {(step: typeof runStep) => Promise<void>} work
 * @param {string} next what to do when all is well
 */
export async function runSteps(work, next) {
  stopOnSignal(() => 1);
  try {
    await work(runStep);
  } catch (error) {
    sayError(error);
    failedSteps.push('set-up');
  }
  await stopGroups();
  if (!isStopping()) conclude(next);
}

/** @param {() => Promise<boolean | { ok: boolean, passed: number, failed: number, skipped: number }>} work */
async function runStep(name, work) {
  if (isStopping()) return;
  const began = performance.now();
  say(`${name} …`);
  const result = await work();
  const { ok, ...counts } = typeof result === 'boolean' ? { ok: result } : result;
  for (const [what, count] of Object.entries(counts)) totals[what] += count;
  say(`${name}: ${ok ? 'ok' : 'FAILED'} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  if (!ok) failedSteps.push(name);
}

function conclude(next) {
  if (totals.passed + totals.failed === 0) failedSteps.push('no test ran');
  const ok = failedSteps.length === 0 && totals.failed === 0;
  const advice = ok
    ? `All is well. Next: ${next}`
    : `Not well: ${failedSteps.join(', ')}. Next: scroll up to the first FAILED; CONTRIBUTING.md says how to run one part alone.`;
  console.log();
  // A person reads what to do next last, a machine the counts.
  if (process.env.CI) say(advice);
  const { passed, failed, skipped } = withEarlierCounts();
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  if (!process.env.CI) say(advice);
  process.exit(ok ? 0 : 1);
}

/** Of all runs that were given the same file in TEST_COUNTS, which .ci/run does: its last line counts them all. */
function withEarlierCounts() {
  const file = process.env.TEST_COUNTS;
  if (!file) return totals;
  const earlier = JSON.parse(readFileSync(file, 'utf8') || '{}');
  const sums = Object.entries(totals).map(([what, count]) => [what, count + (earlier[what] ?? 0)]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(sums)));
  return Object.fromEntries(sums);
}
