import { posix } from 'node:path';

/** How `file` is written in an import statement of the file `from`; both from the workspace's root. */
export function importPath(from: string, file: string): string {
  const path = posix.relative(posix.dirname(from), file);
  return path.startsWith('.') ? path : `./${path}`;
}
