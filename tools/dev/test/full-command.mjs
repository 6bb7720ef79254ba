import { setUp } from '../setup/set-up.mjs';
import { runLongTests } from './run-jest.mjs';
import { runSteps } from './steps.mjs';
import { testProjects } from './test-projects.mjs';

await runSteps(async (step) => {
  await setUp({ redis: 'required', postgres: true });
  await step('long tests', () => runLongTests(testProjects()));
}, 'npm test, if it has not run yet.');
