import { logger } from '@nx/devkit';
import type { Tree } from '@nx/devkit';

/** What a tree has beside what is on disk. */
export function changesOf(tree: Tree): Record<string, string | undefined> {
  return Object.fromEntries(tree.listChanges().map(({ path, content }) => [path, content?.toString()]));
}

/** What a generator says when it is done. */
export async function saidBy(finish: () => unknown): Promise<string> {
  const written = jest.spyOn(logger, 'info').mockImplementation();
  try {
    await finish();
    return written.mock.calls.flat().join('\n');
  } finally {
    written.mockRestore();
  }
}
