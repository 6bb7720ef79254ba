import { isStopping, stopGroups, stopOnSignal } from '../process/process-group.mjs';
import { say, sayError } from '../process/say.mjs';
import { setUp } from '../setup/set-up.mjs';
import { checkFormat } from './check-format.mjs';
import { runJest } from './run-jest.mjs';
import { runNodeTests } from './run-node-tests.mjs';
import { runNx } from './run-nx.mjs';
import { endToEnd, testProjects } from './test-projects.mjs';

// What failed is said at the end again; a failing lint does not keep a person from seeing the tests.
const failedSteps = [];
const totals = { passed: 0, failed: 0, skipped: 0 };

stopOnSignal(() => 1);
try {
  await setUp({ redis: 'required', postgres: true });
  await step('format', checkFormat);
  await step('lint', () => runNx('lint'));
  await step('typecheck', () => runNx('typecheck'));
  await step('build', () => runNx('build'));
  await step('tests of tools/dev', () => counted(runNodeTests()));
  await step('unit and integration tests', () => counted(runJest(testProjects())));
  await step('end-to-end tests', () => counted(runJest(endToEnd())));
} catch (error) {
  sayError(error);
  failedSteps.push('set-up');
}
await stopGroups();
if (!isStopping()) conclude();

async function step(name, work) {
  if (isStopping()) return;
  const began = performance.now();
  say(`${name} …`);
  const ok = await work();
  say(`${name}: ${ok ? 'ok' : 'FAILED'} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  if (!ok) failedSteps.push(name);
}

async function counted(run) {
  const { ok, ...counts } = await run;
  for (const name of Object.keys(totals)) totals[name] += counts[name];
  return ok;
}

function conclude() {
  const { passed, failed, skipped } = totals;
  if (passed + failed === 0) failedSteps.push('no test ran');
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  if (failedSteps.length === 0 && failed === 0) {
    say('All is well. Next: npm start, then README.md shows what to ask it.');
    process.exit(0);
  }
  say(
    `Not well: ${failedSteps.join(', ')}. Next: scroll up to the first FAILED; CONTRIBUTING.md says how to run one part alone.`,
  );
  process.exit(1);
}
