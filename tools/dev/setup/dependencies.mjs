import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/process-group.mjs';
import { Advice, say } from '../process/say.mjs';
import { workspace } from './workspace.mjs';

const within = 15 * 60_000;

/** Runs `npm ci` unless what the lockfile asks for is installed already, for this kind of machine. */
export async function installDependencies() {
  const mark = join(workspace, 'node_modules', '.sluice-installed');
  const wanted = fingerprint();
  if (read(mark) === wanted) return;

  say('Installing dependencies (npm ci); this takes about a minute.');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Its warnings are about the stand-in for Redis, which says it wants a newer Node than it does; nobody can mend them.
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code } = await run(npm, words, { cwd: workspace, within });
  if (code !== 0) {
    throw new Advice(
      'The dependencies could not be installed, see above. Is the npm registry reachable? Then run this again.',
    );
  }
  // npm empties the folder first, so a mark that stands means that npm came to its end.
  writeFileSync(mark, wanted);
}

function fingerprint() {
  const lockfile = readFileSync(join(workspace, 'package-lock.json'));
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform} ${process.arch}\n`;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
