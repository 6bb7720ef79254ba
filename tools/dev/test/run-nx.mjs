import { run } from '../process/process-group.mjs';
import { nxEnvironment } from '../serve/nx-environment.mjs';
import { installedProgram, workspace } from '../setup/workspace.mjs';

const within = 10 * 60_000;

/** Runs one target of all projects; resolves to whether it went well everywhere. */
export function runNx(target) {
  return nx('run-many', '-t', target, '--parallel=2');
}

/** Runs one target of one project, `api:redis-audit`, with what it needs built first. */
export function runTarget(name, ...words) {
  return nx('run', name, ...words);
}

/** Whether the tsconfig.json files name every project and what each imports: what they leave out has no types checked. */
export function checkReferences() {
  return nx('sync:check');
}

async function nx(...words) {
  const { code } = await run(process.execPath, [installedProgram('nx'), ...words, '--output-style=static'], {
    cwd: workspace,
    env: nxEnvironment(),
    within,
  });
  return code === 0;
}
