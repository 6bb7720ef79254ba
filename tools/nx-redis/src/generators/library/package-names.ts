import { joinPathFragments, readJson } from '@nx/devkit';
import type { Draft } from '../draft/draft';

export const REDIS = '@sluice/data-access-redis';
export const SERVERS = '@sluice/testing-servers';

/** The roots of the workspace's own packages, by name. */
export function packageRoots({ tree, projects }: Draft): Map<string, string> {
  const roots = new Map<string, string>();
  for (const { root } of projects.values()) {
    const path = joinPathFragments(root, 'package.json');
    const name = tree.exists(path) ? readJson<{ name?: string }>(tree, path).name : undefined;
    if (name !== undefined) roots.set(name, root);
  }
  return roots;
}
