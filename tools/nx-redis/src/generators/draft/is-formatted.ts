import { join } from 'node:path';
import type { Tree } from '@nx/devkit';

/** Whether a text is as the workspace's prettier writes it; true when there is none, for then nothing is formatted. */
export async function isFormatted(tree: Tree, path: string, text: string): Promise<boolean> {
  try {
    const prettier = await import('prettier');
    const filepath = join(tree.root, path);
    const options = await prettier.resolveConfig(filepath, { editorconfig: true });
    return await prettier.check(text, { ...options, filepath });
  } catch {
    return true;
  }
}
