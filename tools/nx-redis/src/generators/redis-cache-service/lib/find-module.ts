import { basename } from 'node:path';
import { joinPathFragments, visitNotIgnoredFiles } from '@nx/devkit';
import type { Tree } from '@nx/devkit';

/** The file of the library's module. @throws Error when there is none, or several and none was chosen. */
export function findModule(tree: Tree, projectRoot: string, chosen?: string): string {
  if (chosen !== undefined) {
    const path = joinPathFragments(projectRoot, chosen);
    if (!tree.exists(path)) throw new Error(`--module=${chosen} does not exist in ${projectRoot}.`);
    return path;
  }
  const found: string[] = [];
  visitNotIgnoredFiles(tree, joinPathFragments(projectRoot, 'src'), (path) => {
    if (path.endsWith('.module.ts')) found.push(joinPathFragments(path));
  });
  const own = `${basename(projectRoot).replace(/^feature-/, '')}.module.ts`;
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const named = found.find((path) => basename(path) === own);
  if (named !== undefined) return named;
  if (only === undefined)
    throw new Error(`No *.module.ts in ${projectRoot}/src: name the file with --module.`);
  throw new Error(`${projectRoot} has several modules, choose one with --module: ${found.join(', ')}`);
}
