import { run } from '../process/process-group.mjs';
import { nxEnvironment } from '../serve/nx-environment.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

const within = 10 * 60_000;

/** Runs one target of all projects; resolves to whether it went well everywhere. */
export async function runNx(target) {
  const words = ['run-many', '-t', target, '--parallel=2', '--output-style=static'];
  const { code } = await run(process.execPath, [installedProgram('nx'), ...words], {
    cwd: workspace,
    env: nxEnvironment(),
    within,
  });
  return code === 0;
}
