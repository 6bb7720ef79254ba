import { run } from '../process/process-group.mjs';
import { nxEnvironment } from '../serve/nx-environment.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

const within = 10 * 60_000;

/**
 * Whether ESLint finds nothing in any file. It runs once for all, since an ESLint for each project, as `nx lint` has,
 * reads the types of what they share as often as there are projects. Needs the graph that nx leaves behind.
 */
export async function checkLint() {
  const { readCachedProjectGraph } = await import('@nx/devkit');
  // The boundary rule would be silent without it; this throws.
  readCachedProjectGraph();
  const { code } = await run(process.execPath, [installedProgram('eslint'), '.', '--max-warnings=0'], {
    cwd: workspace,
    env: nxEnvironment(),
    within,
  });
  return code === 0;
}
