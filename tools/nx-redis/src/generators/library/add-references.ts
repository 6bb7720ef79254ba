import { posix } from 'node:path';
import { joinPathFragments } from '@nx/devkit';
import { addReference } from '../../syntax/add-reference';
import type { Draft } from '../draft/draft';
import { packageRoots } from './package-names';

/** TypeScript builds project by project: the library refers to those that the new files import. */
export function addReferences(draft: Draft, projectRoot: string, packages: readonly string[]): void {
  const roots = packageRoots(draft);
  for (const file of ['tsconfig.lib.json', 'tsconfig.spec.json']) {
    const path = joinPathFragments(projectRoot, file);
    if (!draft.exists(path)) continue;
    for (const name of packages) {
      const root = roots.get(name);
      const target = root !== undefined && joinPathFragments(root, 'tsconfig.lib.json');
      if (target && draft.exists(target)) {
        draft.edit(path, addReference(path, draft.read(path), posix.relative(projectRoot, target)));
      }
    }
  }
}
