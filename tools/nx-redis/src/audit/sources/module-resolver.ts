import { posix } from 'node:path';
import type { Manifest } from './manifests';
import { mappedPaths, type PathMapping } from './path-mappings';

/** Where a specifier leads: to a file of the repository, or to a package. */
export type Resolved = { file: string } | { package: string; subpath: string };

/** Endings of what a specifier without, or with a compiled, ending may name. */
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'];

/** Finds modules by the repository alone: nothing needs to be installed in it. */
export class ModuleResolver {
  readonly #files: ReadonlySet<string>;
  readonly #packages: ReadonlyMap<string, Manifest>;
  readonly #cache = new Map<string, Resolved>();

  constructor(
    sources: readonly string[],
    private readonly manifests: readonly Manifest[],
    private readonly aliases: ReadonlyMap<string, string>,
    private readonly mappings: readonly PathMapping[],
  ) {
    this.#files = new Set(sources);
    this.#packages = new Map(manifests.flatMap((one) => (one.name === undefined ? [] : [[one.name, one]])));
  }

  resolve(from: string, specifier: string): Resolved {
    const key = `${posix.dirname(from)}\0${specifier}`;
    let resolved = this.#cache.get(key);
    if (!resolved) this.#cache.set(key, (resolved = this.#resolve(from, specifier)));
    return resolved;
  }

  #resolve(from: string, specifier: string): Resolved {
    if (specifier.startsWith('.')) {
      return this.#inPackagesFolder(posix.join(posix.dirname(from), specifier));
    }
    const mapped = mappedPaths(this.mappings, from, specifier)
      .map((path) => this.#file(path))
      .find((file) => file !== undefined);
    if (mapped !== undefined) return { file: mapped };
    if (specifier.startsWith('#')) return this.#ownImport(from, specifier) ?? split(specifier);
    const named = split(specifier.replace(/^(node|npm):/, ''));
    const workspace = this.#packages.get(named.package);
    const file = workspace && this.#entry(workspace, named.subpath);
    if (file !== undefined) return { file };
    return { ...named, package: this.aliases.get(named.package) ?? named.package };
  }

  /** `../../node_modules/ioredis/built/Redis` is a package too. */
  #inPackagesFolder(path: string): Resolved {
    const file = this.#file(path);
    if (file !== undefined) return { file };
    const installed = /(?:^|\/)node_modules\/(.+)$/.exec(path)?.[1];
    if (installed === undefined) return { package: path, subpath: '' };
    const named = split(installed);
    return { ...named, package: this.aliases.get(named.package) ?? named.package };
  }

  #file(path: string): string | undefined {
    const bare = path.replace(/\.[cm]?jsx?$/, '');
    const candidates = [
      path,
      ...[path, bare].flatMap((one) => ENDINGS.map((ending) => `${one}${ending}`)),
      ...ENDINGS.map((ending) => `${path}/index${ending}`),
    ];
    return candidates.find((candidate) => this.#files.has(candidate));
  }

  #ownImport(from: string, specifier: string): Resolved | undefined {
    for (const { folder, imports } of this.manifests) {
      if (folder !== '' && !from.startsWith(`${folder}/`)) continue;
      for (const target of targetsOf(imports, specifier)) {
        const file = this.#file(posix.join(folder, target));
        if (file !== undefined) return { file };
        if (!target.startsWith('.')) return this.#resolve(from, target);
      }
    }
    return undefined;
  }

  /** The source behind an entry point: as `exports` say, or where sources usually lie when only the built file is named. */
  #entry({ folder, exports, entries }: Manifest, subpath: string): string | undefined {
    const key = subpath ? `./${subpath}` : '.';
    const named = [...targetsOf(exports, key), ...(subpath ? [subpath] : entries)];
    const guesses = subpath
      ? [`src/${subpath}`, `src/${subpath}/index`]
      : ['src/index', 'index', 'lib/index'];
    return [...named.flatMap((path) => [path, sourceOf(path)]), ...guesses]
      .map((path) => this.#file(posix.join(folder, path)))
      .find((file) => file !== undefined);
  }
}

/** `dist/a.d.ts` and `dist/src/a.js` → `src/a`. */
function sourceOf(path: string): string {
  return path.replace(/^(\.\/)?(dist|build|lib|out)\/(src\/)?/, 'src/').replace(/(\.d)?\.[cm]?[jt]s$/, '');
}

/** Every target that `exports` or `imports` has for a key, whatever the condition. */
function targetsOf(map: unknown, key: string): string[] {
  if (typeof map === 'string') return key === '.' ? [map] : [];
  if (typeof map !== 'object' || map === null) return [];
  const entries = Object.entries(map as Record<string, unknown>);
  if (entries.every(([name]) => !/^[.#]/.test(name))) return key === '.' ? leavesOf(map) : [];
  return entries.flatMap(([name, value]) => {
    if (name === key) return leavesOf(value);
    const [before = '', after] = name.split('*');
    if (after === undefined || !key.startsWith(before) || !key.endsWith(after)) return [];
    const middle = key.slice(before.length, key.length - after.length);
    return leavesOf(value).map((leaf) => leaf.replace('*', middle));
  });
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

function split(specifier: string): { package: string; subpath: string } {
  const parts = specifier.split('/');
  const words = specifier.startsWith('@') ? 2 : 1;
  return { package: parts.slice(0, words).join('/'), subpath: parts.slice(words).join('/') };
}
