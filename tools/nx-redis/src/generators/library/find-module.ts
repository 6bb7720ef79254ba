import { basename } from 'node:path';
import { joinPathFragments, visitNotIgnoredFiles } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { choose } from './choose';

/**
 * The file of the library's module: the chosen one, the only one, or the one named after the library. Of several it
 * asks, when there is somebody to ask.
 *
 * @throws Error when there is none, or several and nobody to ask
 */
export async function findModule(tree: Tree, projectRoot: string, chosen?: string): Promise<string> {
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
  const [only] = found;
  if (only === undefined) {
    throw new Error(
      `No *.module.ts in ${projectRoot}/src: name the file with --module, relative to ${projectRoot}.`,
    );
  }
  if (found.length === 1) return only;
  const named = found.find((path) => basename(path) === own);
  if (named !== undefined) return named;
  const picked = await choose('Which module provides it?', found.sort());
  if (picked !== undefined) return picked;
  const files = found.map((path) => path.slice(projectRoot.length + 1)).join(', ');
  throw new Error(`${projectRoot} has several modules, choose one with --module: ${files}`);
}
