// `npm run bench -- <suite> [--json FILE] [--quick] [--filter TEXT]`; README.md says what the words mean.
import { readArguments } from './lib/arguments.mjs';
import { prepareWorkspace } from './lib/prepare-workspace.mjs';
import { sayError } from './lib/say.mjs';

const suites = {
  cache: () => import('./cache/suite.mjs'),
  coherence: () => import('./coherence/suite.mjs'),
};

try {
  const { suite, ...options } = readArguments(process.argv.slice(2), Object.keys(suites));
  await prepareWorkspace();
  // Only now: before, neither the peers nor the built library need be there.
  const { runSuite } = await import('./lib/run-suite.mjs');
  process.exitCode = await runSuite(await suites[suite](), options);
} catch (error) {
  sayError(error);
  process.exitCode = 1;
}
