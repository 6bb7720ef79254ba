import { join } from 'node:path';
import { generateFiles, joinPathFragments, OverwriteStrategy } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import type { CacheServicePlan } from '../options';

/** Writes the service and its spec; answers which of them were there already, and are kept as they are. */
export function addFiles(tree: Tree, plan: CacheServicePlan): string[] {
  const files = ['ts', 'spec.ts'].map((ending) =>
    joinPathFragments(plan.directory, `${plan.fileName}.${ending}`),
  );
  const kept = files.filter((file) => tree.exists(file));
  generateFiles(tree, join(__dirname, '../files'), plan.directory, plan, {
    overwriteStrategy: OverwriteStrategy.KeepExisting,
  });
  return kept;
}
