import { lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ImageFileError } from '../image-file.errors';
import { partsOf, type StorageKey } from '../storage-key';
import { onDisk } from './disk-error';
import { syncFolder } from './sync-folder';

/** `00` to `ff`: the first two digits of the keys in it. No folder grows too long to be listed. */
const SHARDS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const UNFINISHED = 'unfinished';

/** The folder of the images, once it is known to be there: where each file lies in it. */
export class ImageFolder {
  readonly shards = SHARDS;
  /** For files that are being written; on the same disk, so that they can be renamed into their place. */
  readonly unfinished: string;

  private constructor(private readonly root: string) {
    this.unfinished = join(root, UNFINISHED);
  }

  /**
   * Makes what is missing. Done at the start only: a folder that vanishes later was not empty.
   *
   * @throws ImageFileError `IMAGE_STORE_…`
   */
  static prepare(directory: string): Promise<ImageFolder> {
    return onDisk(async () => {
      await mkdir(directory, { recursive: true });
      const root = await realpath(directory);
      const there = await readdir(root, { withFileTypes: true });
      const folders = new Set(there.filter((entry) => entry.isDirectory()).map(({ name }) => name));
      const others = new Set(there.map(({ name }) => name));
      const missing = [...SHARDS, UNFINISHED].filter((name) => !folders.has(name));
      for (const name of missing) {
        // A link in place of one of our folders would lead somewhere else.
        if (others.has(name)) throw inTheWay(name);
        await mkdir(join(root, name), { recursive: true });
      }
      if (missing.length > 0) await syncFolder(root);
      return new ImageFolder(root);
    });
  }

  shard(name: string): string {
    return join(this.root, name);
  }

  /**
   * To be asked before anything is removed or listed for that: a link that took the place of a folder since the start
   * leads out of the storage. @throws what `lstat` does, or ImageFileError `IMAGE_STORE_UNAVAILABLE`
   */
  async checkOwn(path: string): Promise<void> {
    if (!(await lstat(path)).isDirectory()) throw inTheWay(basename(path));
  }

  /** @throws ImageFileError `IMAGE_KEY` */
  folderOf(key: StorageKey): string {
    return this.shard(partsOf(key).sha256.slice(0, 2));
  }

  /** @throws ImageFileError `IMAGE_KEY` */
  pathOf(key: StorageKey): string {
    return join(this.folderOf(key), key);
  }
}

function inTheWay(name: string): ImageFileError {
  return new ImageFileError(
    'IMAGE_STORE_UNAVAILABLE',
    `In the folder of the images, "${name}" is no folder of its own but a file or a link: move it away.`,
    { reason: 'ENOTDIR' },
  );
}
