import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, say } from '../process/say.mjs';
import { prepareBrowser } from './browser.mjs';
import { clearScratch } from './clear-scratch.mjs';
import { chooseDataDirectory } from './data-directory.mjs';
import { installDependencies } from './dependencies.mjs';
import { withLock } from './lock.mjs';
import { preparePostgres } from './postgres.mjs';
import { howToInstallRedis, prepareRedis } from './redis.mjs';
import { notes, workspace } from './workspace.mjs';

/**
 * Brings this machine to where the servers and the tools can be run, and writes `.data/servers.json`, the one place
 * that says where binaries are. Safe to run again and by two at once.
 * @param needs.redis `required`: fails without a real one; `wanted`: goes on without; `given`: none is needed
 * @param needs.postgres whether a server of our own is needed
 * @param needs.browser whether a browser is looked for, and fetched where that goes; without it goes on as well
 * @returns the content of servers.json
 */
export async function setUp(needs = { redis: 'wanted', postgres: true }) {
  const began = performance.now();
  const servers = await writing(async () => {
    mkdirSync(notes, { recursive: true });
    return withLock(join(notes, 'setup.lock'), () => findServers(needs));
  });
  say(`Set up in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  return servers;
}

async function writing(work) {
  try {
    return await work();
  } catch (error) {
    if (error.code !== 'EACCES') throw error;
    const cure = `If root has used this tree before, give it back: sudo chown -R "$(id -u)" ${workspace}`;
    throw new Advice(`${error.path} may not be written. ${cure}`);
  }
}

async function findServers(needs) {
  await installDependencies();
  const dataDirectory = await chooseDataDirectory();
  clearScratch(dataDirectory);
  const known = readNotes();

  const redis = needs.redis === 'given' ? (known.redis ?? null) : await prepareRedis(dataDirectory);
  if (!redis && needs.redis === 'required')
    throw new Advice(`The tests need a real Redis. ${howToInstallRedis}`);

  const postgres = await preparePostgres(dataDirectory);
  if (postgres.reason && needs.postgres) {
    throw new Advice(
      `${postgres.reason} Give a server of your own: DATABASE_URL=postgres://user:password@host/database`,
    );
  }
  const browser = needs.browser ? await prepareBrowser(dataDirectory) : (known.browser ?? null);
  const servers = { dataDirectory, redis, postgres: postgres.reason ? null : postgres, browser };
  writeNotes(servers);
  return servers;
}

function readNotes() {
  try {
    return JSON.parse(readFileSync(join(notes, 'servers.json'), 'utf8'));
  } catch {
    return {};
  }
}

function writeNotes(servers) {
  const draft = join(notes, `servers.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(servers, null, 2)}\n`);
  renameSync(draft, join(notes, 'servers.json'));
}
