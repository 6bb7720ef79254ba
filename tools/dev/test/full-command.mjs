import { setUp } from '../setup/set-up.mjs';
import { runLongTests } from './run-jest.mjs';
import { runNx, runTarget } from './run-nx.mjs';
import { runSteps } from './steps.mjs';
import { testProjects } from './test-projects.mjs';

await runSteps(async (step) => {
  await setUp({ redis: 'required', postgres: true, browser: true });
  await step('build', () => runNx('build'));
  await step('audit of the running API', () => runTarget('api:redis-audit', '--check'));
  await step('long tests', () => runLongTests(testProjects()));
}, 'npm test, if it has not run yet.');
