import { joinPathFragments, readJson, updateJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import type { CacheServicePlan } from '../options';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const OWNER = '@sluice/data-access-redis';
const NEEDED: Record<string, string> = { [OWNER]: '*', '@nestjs/common': '^11.2.0' };

/** Adds what the service imports to the library's package.json; answers the names that were missing. */
export function addDependencies(tree: Tree, { projectRoot }: CacheServicePlan): string[] {
  const path = joinPathFragments(projectRoot, 'package.json');
  if (!tree.exists(path)) return [];
  const { dependencies, peerDependencies } = readJson<Manifest>(tree, path);
  const missing = Object.keys(NEEDED).filter((name) => !dependencies?.[name] && !peerDependencies?.[name]);
  if (missing.length === 0) return [];
  updateJson<Manifest>(tree, path, (manifest) => ({
    ...manifest,
    dependencies: {
      ...manifest.dependencies,
      ...Object.fromEntries(missing.map((name) => [name, NEEDED[name] ?? '*'])),
    },
  }));
  return missing;
}
