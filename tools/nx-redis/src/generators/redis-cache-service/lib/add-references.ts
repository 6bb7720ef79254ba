import { posix } from 'node:path';
import { getProjects, joinPathFragments, readJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { addReference } from '../../../syntax/add-reference';
import type { CacheServicePlan } from '../options';

const REDIS = '@sluice/data-access-redis';
const SERVERS = '@sluice/testing-servers';

/** TypeScript builds project by project: the library refers to those that the new files import. */
export function addReferences(tree: Tree, { projectRoot }: CacheServicePlan): void {
  const roots = new Map(
    [...getProjects(tree).values()].map(({ root }) => [packageName(tree, root), root] as const),
  );
  const needed = { 'tsconfig.lib.json': [REDIS], 'tsconfig.spec.json': [REDIS, SERVERS] };
  for (const [file, packages] of Object.entries(needed)) {
    const path = joinPathFragments(projectRoot, file);
    let text = tree.read(path, 'utf8');
    if (text === null) continue;
    for (const root of packages.map((name) => roots.get(name))) {
      const target = joinPathFragments(root ?? '', 'tsconfig.lib.json');
      if (root !== undefined && tree.exists(target)) {
        text = addReference(path, text, posix.relative(projectRoot, target));
      }
    }
    tree.write(path, text);
  }
}

function packageName(tree: Tree, root: string): string | undefined {
  const path = joinPathFragments(root, 'package.json');
  return tree.exists(path) ? readJson<{ name?: string }>(tree, path).name : undefined;
}
