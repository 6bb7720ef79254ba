import { spawn } from 'node:child_process';
import { installedProgram, workspace } from '../setup/workspace.mjs';
import { nxEnvironment } from './nx-environment.mjs';

const within = 300_000;

/** Builds the API and what it is made of; resolves to whether that went well. Shows what the build prints. */
export function buildApi() {
  const child = spawn(process.execPath, [installedProgram('nx'), 'build', 'api'], {
    cwd: workspace,
    env: nxEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: within,
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
