import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';

const packages = ['redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
const within = 120_000;

/** The Redis that was unpacked into the folder; undefined when there is none, or only half of one. */
export function debianRedis(folder) {
  const bin = join(folder, 'root', 'usr', 'bin');
  if (!existsSync(join(bin, 'redis-server'))) return undefined;
  const libraries = join(folder, 'root', 'usr', 'lib');
  const libraryPath = readdirSync(libraries)
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(libraries, name))
    .join(':');
  return { server: join(bin, 'redis-server'), cli: join(bin, 'redis-cli'), libraryPath };
}

/**
 * On Debian and Ubuntu: downloads Redis and the libraries it needs and unpacks them into the folder, without root and
 * without installing anything. apt gets package lists of its own, since a fresh machine has none.
 * @returns whether that went well
 */
export async function fetchDebianRedis(folder) {
  if (!(await isDebian())) return false;
  say('Fetching Redis from the package server of this system (1.3 MB); nothing is installed.');
  // Everything happens beside and is renamed in the end: half a download must not count as one.
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages', 'root']) {
    mkdirSync(join(draft, name), { recursive: true });
  }
  const done =
    (await apt(draft, ['update'])) && (await apt(draft, ['download', ...packages])) && (await unpack(draft));
  if (!done) return false;
  for (const name of ['lists', 'cache', 'packages']) rmSync(join(draft, name), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return true;
}

async function isDebian() {
  if (process.platform !== 'linux') return false;
  const answers = await Promise.all(
    ['apt-get', 'dpkg'].map((name) => run(name, ['--version'], { capture: true, within: 10_000 })),
  );
  return answers.every(({ code }) => code === 0);
}

async function apt(draft, words) {
  const options = {
    'Dir::State::lists': join(draft, 'lists'),
    'Dir::Cache': join(draft, 'cache'),
    'APT::Sandbox::User': '',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    'Acquire::Retries': '2',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': 'true',
  };
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const { code, output } = await run('apt-get', [...settings, '-q', ...words], {
    cwd: join(draft, 'packages'),
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    capture: true,
    within,
  });
  if (code !== 0) say(`apt-get ${words[0]} failed:\n${output.trim().split('\n').slice(-5).join('\n')}`);
  return code === 0;
}

async function unpack(draft) {
  const downloads = join(draft, 'packages');
  for (const name of readdirSync(downloads).filter((file) => file.endsWith('.deb'))) {
    const { code, output } = await run('dpkg', ['-x', join(downloads, name), join(draft, 'root')], {
      capture: true,
      within,
    });
    if (code !== 0) {
      say(`${name} could not be unpacked: ${output.trim()}`);
      return false;
    }
  }
  // The package of the tools has the server in it: the same binary looks at the name it is called by.
  const server = join(draft, 'root', 'usr', 'bin', 'redis-server');
  if (!existsSync(server)) symlinkSync('redis-check-rdb', server);
  return true;
}
