import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a storage by their path in it, without its own folders. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** The files that a put has not ended. */
export function unfinishedIn(directory: string): string[] {
  const folder = join(directory, 'unfinished');
  return existsSync(folder) ? readdirSync(folder).map((name) => `unfinished/${name}`) : [];
}

/** Those under a final name whose content is not what the name says. */
export function brokenIn(directory: string): string[] {
  return filesIn(directory)
    .filter((path) => !path.startsWith('unfinished/'))
    .filter((path) => {
      const sha256 = createHash('sha256')
        .update(readFileSync(join(directory, path)))
        .digest('hex');
      return path.slice(3, 3 + 64) !== sha256;
    });
}
