import { joinPathFragments, visitNotIgnoredFiles } from '@nx/devkit';
import type { Draft } from '../draft/draft';

/**
 * @param pattern what the owner of the name looks like
 * @param what e.g. `a cache named "profile"`, for the message
 * @throws Error when another file of the workspace owns the name: both in one process cannot start
 */
export function refuseTakenName(
  { tree, projects }: Draft,
  pattern: RegExp,
  what: string,
  ownFile: string,
): void {
  for (const { root } of projects.values()) {
    if (root === '.') continue;
    visitNotIgnoredFiles(tree, joinPathFragments(root, 'src'), (path) => {
      const file = joinPathFragments(path);
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts') || file === ownFile) return;
      if (/(^|\/)testing\//.test(file) || !pattern.test(tree.read(file, 'utf8') ?? '')) return;
      throw new Error(
        `${file} has ${what} already, and an application with both does not start: choose another name.`,
      );
    });
  }
}
