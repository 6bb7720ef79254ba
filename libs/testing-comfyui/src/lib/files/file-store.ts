import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import type { Dialect } from '../dialect/dialect';
import { PythonError } from '../python/python-error';

export type FolderType = 'output' | 'input' | 'temp';

/** A file as outputs name it, and as `/view` is asked for it. */
export interface FileReference {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: FolderType;
}

/** Where the real server would lie; messages show its paths, not ours. */
const shownRoot = '/opt/comfyui';

/** The folders `output`, `input` and `temp`. They outlive a restart; only `temp` is emptied by it. */
export class FileStore {
  constructor(readonly directory: string) {
    for (const type of ['output', 'input', 'temp'] as const)
      mkdirSync(join(directory, type), { recursive: true });
  }

  emptyTemp(): void {
    rmSync(join(this.directory, 'temp'), { recursive: true, force: true });
    mkdirSync(join(this.directory, 'temp'));
  }

  /**
   * Saves under the next free number: `a/b` becomes `b_00001_.png` in the subfolder `a`.
   * @throws PythonError when the prefix leaves the folder
   */
  save(type: FolderType, prefix: string, bytes: Buffer, dialect: Dialect): FileReference {
    const root = posix.join(shownRoot, type);
    const shown = posix.resolve(root, dirname(prefix));
    if (!isInside(shown, root)) throw outside(shown, type, dialect);
    if (prefix.includes('\0')) throw new PythonError('ValueError', 'embedded null byte');
    const subfolder = posix.relative(root, shown);
    const name = basename(prefix);

    const full = join(this.directory, type, subfolder);
    mkdirSync(full, { recursive: true });
    const filename = `${name}_${String(nextNumber(full, name)).padStart(5, '0')}_.png`;
    writeFileSync(join(full, filename), bytes);
    return { filename, subfolder, type };
  }

  /** The path of an existing file; undefined when there is none, or no such folder type. */
  find({ filename, subfolder, type }: FileReference): string | undefined {
    const path = join(this.directory, type, subfolder, filename);
    return isFile(path) ? path : undefined;
  }

  /** The path where an uploaded file goes; undefined when that would be outside its folder. */
  placeFor({ filename, subfolder, type }: FileReference): string | undefined {
    const root = posix.join('/', type);
    const path = posix.join(root, subfolder, filename);
    if (!isInside(path, root) || filename.startsWith('/') || filename.includes('..')) return undefined;
    return join(this.directory, path);
  }

  /** The names of the files in `input`, as a LoadImage node offers them. */
  inputs(): string[] {
    const folder = join(this.directory, 'input');
    return readdirSync(folder)
      .filter((name) => isFile(join(folder, name)))
      .sort();
  }
}

/** Whether the folder is `root` or lies in it; both are normal absolute paths. */
export function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function nextNumber(folder: string, name: string): number {
  const numbers = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}_`))
    .map((file) => Number.parseInt(file.slice(name.length + 1), 10) || 0);
  return Math.max(0, ...numbers) + 1;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Not there, or no name that a file could have (a NUL in it, longer than the system allows).
    return false;
  }
}

function outside(shown: string, type: FolderType, dialect: Dialect): PythonError {
  const lines = [
    '**** ERROR: Saving image outside the output folder is not allowed.',
    ` full_output_folder: ${shown}`,
    `         output_dir: ${posix.join(shownRoot, type)}`,
    ...(dialect.version === '0.3.64' ? [`         commonpath: ${shownRoot}`] : []),
  ];
  return new PythonError('Exception', lines.join('\n'));
}
