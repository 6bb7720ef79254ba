// `node deploy/assemble.mjs <folder>`: puts together what the built API needs to run, and nothing else: its own code and
// that of the libraries that it depends on, without types, tests and sources, and their packages as the lock has them.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? '');
if (!process.argv[2] || existsSync(target)) {
  console.error('node deploy/assemble.mjs <folder that does not exist yet>');
  process.exit(1);
}

const read = (folder) => JSON.parse(readFileSync(join(workspace, folder, 'package.json'), 'utf8'));
const folders = new Map(
  ['apps', 'libs']
    .flatMap((parent) => readdirSync(join(workspace, parent)).map((name) => `${parent}/${name}`))
    .map((folder) => [read(folder).name, folder]),
);

/** The project and all of this workspace that it depends on. */
function needed(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const own = Object.keys(read(folders.get(name)).dependencies ?? {}).filter((other) => folders.has(other));
  for (const other of own) needed(other, found);
  return found;
}

const isLeftOut = (path) =>
  /\.d\.ts$|\.tsbuildinfo$|\.map$/.test(path) || path.split(sep).includes('testing');

for (const name of needed('@sluice/api')) {
  const folder = folders.get(name);
  const dist = join(workspace, folder, 'dist');
  if (!existsSync(dist)) throw new Error(`${folder} is not built: run npx nx build api first.`);
  mkdirSync(join(target, folder), { recursive: true });
  cpSync(join(workspace, folder, 'package.json'), join(target, folder, 'package.json'));
  cpSync(dist, join(target, folder, 'dist'), {
    recursive: true,
    filter: (from) => !isLeftOut(relative(dist, from)),
  });
}
for (const file of ['package.json', 'package-lock.json', '.npmrc', 'deploy/is-alive.mjs']) {
  cpSync(join(workspace, file), join(target, file), { recursive: true });
}
execFileSync('npm', ['ci', '--omit=dev', '--workspace=@sluice/api', '--prefer-offline'], {
  cwd: target,
  stdio: 'inherit',
});
console.log(`${target} is complete. There: node apps/api/dist/main.js`);
