import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarks, workspace } from './paths.mjs';
import { Advice, say } from './say.mjs';

/**
 * Installs the peers when they are not there, and builds what is measured, when its build is stale.
 *
 * @param {string} project
 */
export async function prepareWorkspace(project) {
  if (!existsSync(join(workspace, 'node_modules', 'nx'))) {
    throw new Advice('The workspace is not installed: run `node tools/dev/setup.mjs` first.');
  }
  if (!isInstalled()) {
    say('installing the peers: npm ci in tools/benchmarks (once, and when its lockfile changes) …');
    run('npm', ['ci'], benchmarks);
  }
  say(`building ${project}, if it changed …`);
  const nx = join('node_modules', '.bin', 'nx');
  run(process.execPath, [nx, 'run-many', '-t', 'build', '-p', `${project},testing-servers`], workspace);
}

function isInstalled() {
  const installed = join(benchmarks, 'node_modules', '.package-lock.json');
  const wanted = join(benchmarks, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

function run(command, words, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    timeout: 10 * 60_000,
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
  });
  if (status !== 0)
    throw new Advice(`${command} ${words.join(' ')} failed.\n${error ?? ''}${stdout}${stderr}`);
}
