import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const workspace = join(here, '../..');
const built = ['api', 'data-access-redis', 'testing-comfyui', 'testing-servers'];

/**
 * Builds the API, and what is run as a process beside it; then runs a program with the words of the command line.
 *
 * @param {string} main TypeScript, from this folder
 */
export function runOnBuiltApi(main) {
  const nx = join('node_modules', '.bin', 'nx');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [nx, 'run-many', '-t', 'build', '-p', built.join()],
    {
      cwd: workspace,
      env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
      encoding: 'utf8',
      timeout: 10 * 60_000,
    },
  );
  if (status !== 0) {
    console.error(`${stdout}${stderr}\nThe API could not be built; mend that first.`);
    process.exit(1);
  }
  const words = ['--conditions=@sluice/source', '--require=@swc-node/register', join(here, main)];
  const child = spawn(process.execPath, [...words, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, SWC_NODE_PROJECT: join(workspace, 'tsconfig.base.json') },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
