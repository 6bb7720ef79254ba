// `npm run bench -- <suite> [--json FILE] [--quick] [--filter TEXT]`; README.md says what the words mean.
import { readArguments } from './lib/arguments.mjs';
import { prepareWorkspace } from './lib/prepare-workspace.mjs';
import { sayError } from './lib/say.mjs';

const suites = {
  cache: { project: 'data-access-redis', load: () => import('./cache/suite.mjs') },
  coherence: { project: 'data-access-redis', load: () => import('./coherence/suite.mjs') },
  lock: { project: 'data-access-redis', load: () => import('./lock/suite.mjs') },
  election: { project: 'data-access-redis', load: () => import('./election/suite.mjs') },
  throttle: { project: 'feature-throttler', load: () => import('./throttle/suite.mjs') },
  api: { project: 'api', load: () => import('./api/suite.mjs') },
};

try {
  const { suite, ...options } = readArguments(process.argv.slice(2), Object.keys(suites));
  const { project, load } = suites[suite];
  await prepareWorkspace(project);
  // Only now: before, neither the peers nor the built library need be there.
  const { runSuite } = await import('./lib/run-suite.mjs');
  process.exitCode = await runSuite(await load(), options);
} catch (error) {
  sayError(error);
  process.exitCode = 1;
}
