import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresInstallation } from '../installation';
import { isAlive } from '../process/process-tree';

const run = promisify(execFile);

/** Who a server runs as, when not as ourselves. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then its processes, and its files, belong to `nobody`. */
export const postgresIdentity: Identity | undefined =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** What every program of the PostgreSQL package is run with; the rest of the environment (`PGDATA`, …) is not for it. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const { libraryPath } = postgresInstallation();
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
  return libraryPath ? { ...env, LD_LIBRARY_PATH: libraryPath } : env;
}

/** A fresh data directory that is thrown away with its server. Its name tells the set-up whose it was. */
export async function scratchDataDirectory(): Promise<string> {
  const { dataDirectory } = postgresInstallation();
  const directory = join(
    dataDirectory,
    'scratch',
    `postgres-${process.pid}-${randomBytes(6).toString('hex')}`,
  );
  await copyTemplate(directory);
  return directory;
}

/**
 * Makes sure that the directory holds a database cluster that this PostgreSQL can run and nobody else runs.
 * @returns who must run it: what an ordinary user began, root goes on with in that user's name
 * @throws Error when it was made by another major version or is in use
 */
export async function keptDataDirectory(directory: string): Promise<Identity | undefined> {
  const { version } = postgresInstallation();
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    // Copied beside and renamed, so that half a copy is never taken for a database.
    const copy = `${directory}.new-${process.pid}`;
    await copyTemplate(copy);
    await rename(copy, directory);
    return postgresIdentity;
  }
  const major = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (major !== version.split('.')[0]) {
    throw new Error(
      `${directory} was made by PostgreSQL ${major}, and this is ${version}. Move the folder away to begin with an empty database.`,
    );
  }
  await discardStaleLock(directory);
  const { uid, gid } = await stat(directory);
  return postgresIdentity && uid !== 0 ? { uid, gid } : postgresIdentity;
}

// A process number is soon given to somebody else (after a restart of a container, at once), and PostgreSQL would
// take that stranger for a server that still uses the directory.
async function discardStaleLock(directory: string): Promise<void> {
  const lock = join(directory, 'postmaster.pid');
  const pid = Number((await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]);
  if (!pid) return;
  if (isAlive(pid) && (await commandOf(pid)).includes('postgres')) {
    throw new Error(`${directory} is in use by another PostgreSQL (process ${pid}). Stop that one first.`);
  }
  await rm(lock, { force: true });
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const answer = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return answer.stdout;
}

// initdb takes half a second, a copy of what it made a tenth.
async function copyTemplate(directory: string): Promise<void> {
  const template = await provideTemplate();
  await makeOwnDirectory(directory);
  await run('cp', ['-Rp', `${template}/.`, directory], { ...postgresIdentity, cwd: '/', timeout: 60_000 });
}

async function provideTemplate(): Promise<string> {
  const { bin, dataDirectory, version } = postgresInstallation();
  const template = join(dataDirectory, `postgres-template-${version}${postgresIdentity ? '-root' : ''}`);
  if (existsSync(template)) return template;

  const attempt = `${template}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  await makeOwnDirectory(attempt);
  const args = ['--pgdata', attempt, '--username=postgres', '--auth=trust', '--locale=C', '--encoding=UTF8'];
  try {
    await run(join(bin, 'initdb'), [...args, '--no-sync', '--wal-segsize=1'], {
      ...postgresIdentity,
      env: postgresEnvironment(),
      cwd: '/',
      timeout: 60_000,
    });
    await rename(attempt, template);
  } catch (error) {
    await rm(attempt, { recursive: true, force: true });
    // Another process was faster: two test workers begin at the same moment.
    if (existsSync(template)) return template;
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`PostgreSQL's initdb failed: ${stderr || message}`, { cause: error });
  }
  return template;
}

async function makeOwnDirectory(directory: string): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  await chmod(directory, 0o700);
  if (postgresIdentity) await chown(directory, postgresIdentity.uid, postgresIdentity.gid);
}
