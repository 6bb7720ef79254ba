import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Lays out what is published of a project. @returns the folder */
export function stage(project) {
  const source = resolve(ROOT, project);
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const folder = join(ROOT, '.data/packages', manifest.name.replace('@', '').replace('/', '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const entry of manifest.files) {
    if (!existsSync(join(source, entry))) throw new Error(`${project}/${entry} is missing: build it first.`);
    cpSync(join(source, entry), join(folder, entry), {
      recursive: true,
      filter: isPublished(source, manifest),
    });
  }
  for (const entry of readdirSync(folder, { recursive: true })) {
    if (/\.(js|d\.ts)$/.test(entry)) withoutSourceMap(join(folder, entry));
  }
  cpSync(join(source, 'README.md'), join(folder, 'README.md'));
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  return folder;
}

/**
 * Not tests, nor what points to sources that are not there, nor what is left of sources that are no more. What is made for
 * tests is published where it is an entry point: as much of it as is compiled, and what lies beside that.
 */
function isPublished(project, { exports }) {
  const built = join(project, 'dist');
  return (path) => {
    const name = basename(path);
    if (name === 'testing' && !exports['./testing']) return false;
    if (/\.(map|tsbuildinfo)$|\.(spec|fixtures)\./.test(name)) return false;
    if (!path.startsWith(built) || statSync(path).isDirectory()) return true;
    return /\.(js|d\.ts)$/.test(name)
      ? existsSync(join(project, 'src', relative(built, path)).replace(/\.(js|d\.ts)$/, '.ts'))
      : readdirSync(dirname(path)).some((sibling) => sibling.endsWith('.js'));
  };
}

/** Without what is for this workspace alone: the condition under which its projects read each other's source. */
function publishedManifest(manifest) {
  const { nx: _nx, devDependencies: _devDependencies, private: _private, ...rest } = manifest;
  const exports = Object.entries(rest.exports).map(([path, target]) => {
    if (typeof target === 'string') return [path, target];
    const { '@sluice/source': _source, ...conditions } = target;
    return [path, conditions];
  });
  return { ...rest, exports: Object.fromEntries(exports), publishConfig: { access: 'public' } };
}

function withoutSourceMap(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
}
