import { execFileSync } from 'node:child_process';
import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a file or folder was not read for. Paths are relative to the repository, with `/`. */
export interface LeftOut {
  path: string;
  reason: string;
}

export interface FoundFiles {
  /** Sources in TypeScript and JavaScript, sorted. */
  sources: string[];
  /** Every `package.json`, sorted. */
  manifests: string[];
  /** Every `tsconfig*.json` and `jsconfig.json`, sorted. */
  configs: string[];
  leftOut: LeftOut[];
}

const SOURCE = /\.[cm]?[jt]sx?$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const BUILT = new Set(['node_modules', 'bower_components', 'dist', 'out-tsc', 'coverage']);
/** Bundles and generated clients; nobody writes a file of that size. */
const LARGEST_BYTES = 2 * 1024 * 1024;

/** What git tracks or would track; without git every file, without what is installed or built. Links are not followed. */
export function findFiles(root: string): FoundFiles {
  const found: FoundFiles = { sources: [], manifests: [], configs: [], leftOut: [] };
  for (const path of (listedByGit(root) ?? walk(root, found.leftOut)).sort()) take(root, path, found);
  return found;
}

function take(root: string, path: string, found: FoundFiles): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isConfig = /^(tsconfig.*|jsconfig)\.json$/.test(name);
  const isSource = SOURCE.test(name) && !DECLARATION.test(name);
  if (!isConfig && !isSource && name !== 'package.json') return;
  if (path.split('/').some((part) => BUILT.has(part))) return;
  const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (!stat) return; // Deleted, and git not told of it yet.
  if (stat.isSymbolicLink())
    found.leftOut.push({ path, reason: 'a symbolic link; what it leads to is read where it lies' });
  else if (!stat.isFile()) return;
  else if (name === 'package.json') found.manifests.push(path);
  else if (isConfig) found.configs.push(path);
  else if (stat.size > LARGEST_BYTES) found.leftOut.push({ path, reason: 'larger than 2 MB' });
  else found.sources.push(path);
}

function listedByGit(root: string): string[] | undefined {
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  try {
    const listed = execFileSync('git', words, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const paths = [...new Set(listed.split('\0').filter(Boolean))];
    return paths.length > 0 ? paths : undefined;
  } catch {
    return undefined;
  }
}

function walk(root: string, leftOut: LeftOut[]): string[] {
  const paths: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(root, folder, leftOut)) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) {
        if (!BUILT.has(entry.name) && !entry.name.startsWith('.')) folders.push(path);
      } else if (entry.isSymbolicLink() && !SOURCE.test(entry.name)) {
        leftOut.push({ path, reason: 'a symbolic link; what it leads to is read where it lies' });
      } else paths.push(path);
    }
  }
  return paths;
}

function entriesOf(root: string, folder: string, leftOut: LeftOut[]): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    leftOut.push({ path: folder, reason: 'a folder that cannot be read' });
    return [];
  }
}
