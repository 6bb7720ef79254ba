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
  await step('format', checkFormat);
  await step('references of projects', checkReferences);
  // Each keeps one core busy.
  await Promise.all([step('lint', checkLint), step('typecheck', checkTypes)]);
  await step('build', () => runNx('build'));
  await step('audit of Redis', checkRedisAudit);
  await step('tests of tools/dev', () => runNodeTests());
  await step('unit, integration and end-to-end tests', () => runJest(testProjects()));
}, 'npm start, then README.md shows what to ask it.');
