import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';

const within = 300_000;

/**
 * On Debian and Ubuntu: downloads packages and unpacks them into `root` in the folder, without root and without
 * installing anything. apt gets package lists of its own, since a fresh machine has none.
 * @param packages their names
 * @param options.announce what to say first
 * @param options.dependencies true: and whatever they need that is not installed here. Default false
 * @param options.finish changes what was unpacked, before it counts
 * @returns whether that went well
 */
export async function fetchDebianPackages(folder, packages, { announce, dependencies, finish }) {
  if (!(await isDebian())) return false;
  say(announce);
  // Everything happens beside and is renamed in the end: half a download must not count as one.
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages', 'root']) {
    mkdirSync(join(draft, name), { recursive: true });
  }
  if (!(await apt(draft, 'apt-get', ['update']))) return false;
  const wanted = dependencies ? await withDependencies(draft, packages) : packages;
  if (!wanted || !(await apt(draft, 'apt-get', ['download', ...wanted])) || !(await unpack(draft)))
    return false;
  finish?.(join(draft, 'root'));
  for (const name of ['lists', 'cache', 'packages']) rmSync(join(draft, name), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return true;
}

/** Those and all they need, without what is installed. */
async function withDependencies(draft, packages) {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];
  const words = ['depends', '--recurse', ...kinds.map((kind) => `--no-${kind}`), ...packages];
  const depends = await apt(draft, 'apt-cache', words);
  const installed = await run('dpkg-query', ['-W', '-f', '${Package}\n'], { capture: true, within });
  if (!depends || installed.code !== 0) return undefined;
  const here = new Set(installed.output.split('\n'));
  // Packages stand at the beginning of a line, what is said of them behind it.
  const names = depends.output.split('\n').filter((line) => /^[a-z0-9][a-z0-9.+-]*$/.test(line));
  return [...new Set(names)].filter((name) => !here.has(name));
}

async function isDebian() {
  if (process.platform !== 'linux') return false;
  const answers = await Promise.all(
    ['apt-get', 'dpkg'].map((name) => run(name, ['--version'], { capture: true, within: 10_000 })),
  );
  return answers.every(({ code }) => code === 0);
}

/** @returns its answer; undefined, when it failed and that was said */
async function apt(draft, program, words) {
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
  const { code, output } = await run(program, [...settings, '-q', ...words], {
    cwd: join(draft, 'packages'),
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    capture: true,
    within,
  });
  if (code === 0) return { output };
  say(`${program} ${words[0]} failed:\n${output.trim().split('\n').slice(-5).join('\n')}`);
  return undefined;
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
  return true;
}
