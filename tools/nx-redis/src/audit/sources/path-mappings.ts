import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import type { LeftOut } from './find-files';

/** `paths` and `baseUrl` of one tsconfig; they hold for the files below its folder. */
export interface PathMapping {
  folder: string;
  /** Pattern with at most one `*`, and what it stands for, relative to the repository. */
  patterns: [pattern: string, targets: string[]][];
  baseUrl: string | undefined;
}

/** Read one by one, without `extends`: a base file's mappings hold for all below it, which is what it is for. */
export function readPathMappings(
  root: string,
  configs: readonly string[],
  leftOut: LeftOut[],
): PathMapping[] {
  return configs.flatMap((path) => {
    const { config, error } = ts.parseConfigFileTextToJson(path, readFileSync(join(root, path), 'utf8'));
    if (error || typeof config !== 'object' || config === null) {
      leftOut.push({ path, reason: 'no valid configuration of TypeScript' });
      return [];
    }
    return mappingOf(path, config as { compilerOptions?: { baseUrl?: unknown; paths?: unknown } });
  });
}

function mappingOf(
  path: string,
  { compilerOptions = {} }: { compilerOptions?: { baseUrl?: unknown; paths?: unknown } },
): PathMapping[] {
  const folder = posix.dirname(path) === '.' ? '' : posix.dirname(path);
  const baseUrl =
    typeof compilerOptions.baseUrl === 'string' ? posix.join(folder, compilerOptions.baseUrl) : undefined;
  const paths = Object.entries(compilerOptions.paths ?? {}).filter((entry): entry is [string, string[]] =>
    Array.isArray(entry[1]),
  );
  if (baseUrl === undefined && paths.length === 0) return [];
  const patterns = paths.map(([pattern, targets]): [string, string[]] => [
    pattern,
    targets.map((target) => posix.join(baseUrl ?? folder, String(target))),
  ]);
  return [{ folder, patterns, baseUrl }];
}

/** Where a specifier may lie, by the mappings of the folders above the file; the nearest first. */
export function mappedPaths(mappings: readonly PathMapping[], file: string, specifier: string): string[] {
  return mappings
    .filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)
    .flatMap(({ patterns, baseUrl }) => [
      ...patterns.flatMap(([pattern, targets]) => expand(pattern, targets, specifier)),
      ...(baseUrl === undefined ? [] : [posix.join(baseUrl, specifier)]),
    ]);
}

function expand(pattern: string, targets: string[], specifier: string): string[] {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return pattern === specifier ? targets : [];
  if (specifier.length < before.length + after.length) return [];
  if (!specifier.startsWith(before) || !specifier.endsWith(after)) return [];
  const middle = specifier.slice(before.length, specifier.length - after.length);
  return targets.map((target) => target.replace('*', middle));
}
