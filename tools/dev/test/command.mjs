import { setUp } from '../setup/set-up.mjs';
import { checkFormat } from './check-format.mjs';
import { checkLint } from './check-lint.mjs';
import { checkRedisAudit } from './check-redis-audit.mjs';
import { checkTypes } from './check-types.mjs';
import { runJest } from './run-jest.mjs';
import { runNodeTests } from './run-node-tests.mjs';
import { checkReferences, runNx } from './run-nx.mjs';
import { runSteps } from './steps.mjs';
import { testProjects } from './test-projects.mjs';

await runSteps(async (step) => {
  await setUp({ redis: 'required', postgres: true });
  // Each of the two keeps one core busy; lint comes after nx, for the graph that it leaves behind.
  await Promise.all([
    step('format', checkFormat).then(() => step('typecheck', checkTypes)),
    step('references of projects', checkReferences).then(() => step('lint', checkLint)),
  ]);
  await step('build', () => runNx('build'));
  await step('audit of Redis', checkRedisAudit);
  await step('tests of tools/dev', () => runNodeTests());
  await step('unit, integration and end-to-end tests', () => runJest(testProjects()));
}, 'npm start, then README.md shows what to ask it.');
