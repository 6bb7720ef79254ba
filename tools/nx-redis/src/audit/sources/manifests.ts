import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { LeftOut } from './find-files';

/** What is of interest of a `package.json`. */
export interface Manifest {
  /** Relative to the repository. */
  path: string;
  /** Its folder; '' for that of the repository. */
  folder: string;
  name: string | undefined;
  /** All groups of dependencies, by the name they are imported by. */
  dependencies: ReadonlyMap<string, string>;
  exports: unknown;
  imports: Readonly<Record<string, unknown>>;
  /** Where the package begins, as `source`, `types` and `main` say. */
  entries: readonly string[];
}

const GROUPS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

export function readManifests(root: string, paths: readonly string[], leftOut: LeftOut[]): Manifest[] {
  return paths.flatMap((path) => {
    try {
      return [parse(path, JSON.parse(readFileSync(join(root, path), 'utf8')) as unknown)];
    } catch {
      leftOut.push({ path, reason: 'no valid JSON' });
      return [];
    }
  });
}

function parse(path: string, json: unknown): Manifest {
  const content = record(json);
  const folder = posix.dirname(path) === '.' ? '' : posix.dirname(path);
  const dependencies = GROUPS.flatMap((group) => Object.entries(record(content[group]))).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const entries = [content['source'], content['types'], content['module'], content['main']];
  return {
    path,
    folder,
    name: typeof content['name'] === 'string' ? content['name'] : undefined,
    dependencies: new Map(dependencies),
    exports: content['exports'],
    imports: record(content['imports']),
    entries: entries.filter((entry): entry is string => typeof entry === 'string'),
  };
}

/** Names under which packages are installed by another name (`"cache": "npm:ioredis@5"`), and their real names. */
export function packageAliases(manifests: readonly Manifest[]): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const { dependencies } of manifests) {
    for (const [name, range] of dependencies) {
      const real = realName(name, range);
      if (real !== name) aliases.set(name, real);
    }
  }
  return aliases;
}

/** The package that a dependency installs. */
export function realName(name: string, range: string): string {
  return /^npm:(@?[^@]+)(@|$)/.exec(range)?.[1] ?? name;
}

/** The manifest nearest above a file. */
export function nearestManifest(manifests: readonly Manifest[], file: string): Manifest | undefined {
  return manifests
    .filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
