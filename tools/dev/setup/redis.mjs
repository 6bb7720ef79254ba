import { rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';
import { fetchDebianRedis, debianRedis } from './debian-redis.mjs';
import { isProgram } from './is-program.mjs';

export const howToInstallRedis =
  'Install one (6.2 or newer: `apt-get install redis-server`, `brew install redis`), or name one: REDIS_URL=redis://host:6379.';

/**
 * Finds a Redis: on the PATH, or fetched before, or fetched now where that goes without root.
 * @returns `{ server, cli, libraryPath?, version }`, or null when there is none
 */
export async function prepareRedis(dataDirectory) {
  return (await onPath()) ?? (await fetched(dataDirectory));
}

async function onPath() {
  for (const name of ['redis', 'valkey']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
      const server = join(folder, `${name}-server`);
      const cli = findProgram(`${name}-cli`, [dirname(server), ...process.env.PATH.split(delimiter)]);
      if (!isProgram(server) || !cli) continue;
      const version = await versionOf({ server });
      if (isEnough(version)) return { server, cli, version };
      say(`${server} is left aside: version ${version ?? 'unknown'}, 6.2 is the oldest that will do.`);
    }
  }
  return undefined;
}

async function fetched(dataDirectory) {
  const folder = join(dataDirectory, 'redis');
  const found = debianRedis(folder);
  if (found) {
    const version = await versionOf(found);
    if (isEnough(version)) return { ...found, version };
    // Fetched on another kind of machine that shares this folder.
    rmSync(folder, { recursive: true });
  }
  if (!(await fetchDebianRedis(folder))) return null;
  const fresh = debianRedis(folder);
  const version = fresh && (await versionOf(fresh));
  return isEnough(version) ? { ...fresh, version } : null;
}

async function versionOf({ server, libraryPath }) {
  const env = libraryPath ? { ...process.env, LD_LIBRARY_PATH: libraryPath } : process.env;
  const { code, output } = await run(server, ['--version'], { env, capture: true, within: 10_000 });
  return code === 0 ? /\bv=(\d+\.\d+\.\d+)/.exec(output)?.[1] : undefined;
}

function isEnough(version) {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}

function findProgram(name, folders) {
  return folders.map((folder) => join(folder, name)).find(isProgram);
}
