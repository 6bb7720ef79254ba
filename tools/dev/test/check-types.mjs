import { run } from '../process/process-group.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

const within = 10 * 60_000;

/** Whether all projects, their tests with them, are valid TypeScript. What it compiles is there for the build. */
export async function checkTypes() {
  const { code } = await run(process.execPath, [installedProgram('tsc'), '--build', 'tsconfig.json'], {
    cwd: workspace,
    within,
  });
  return code === 0;
}
