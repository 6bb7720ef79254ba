import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onDisk } from './disk-error';
import { syncFolder } from './sync-folder';

const READABLE_BY_OWNER_AND_GROUP = 0o640;

/** A file that is being written, under a name that nobody reads. It gets its real name when it is whole, or goes. */
export class UnfinishedFile {
  bytes = 0;
  private open = true;
  private named = false;

  private constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
  ) {}

  static create(folder: string): Promise<UnfinishedFile> {
    return onDisk(async () => {
      const path = join(folder, `${randomUUID()}.part`);
      return new UnfinishedFile(await open(path, 'wx', READABLE_BY_OWNER_AND_GROUP), path);
    });
  }

  append(piece: Buffer): Promise<void> {
    this.bytes += piece.length;
    return onDisk(() => this.handle.writeFile(piece));
  }

  /** On the disk first, then under its name; a file that has the name is replaced in one step. */
  finish(path: string): Promise<void> {
    return onDisk(async () => {
      await this.handle.sync();
      await this.close();
      await rename(this.path, path);
      this.named = true;
      await syncFolder(dirname(path));
    });
  }

  /** Removes it unless it is finished. Never throws: what cannot be removed now is found later, as a leftover. */
  async discard(): Promise<void> {
    await onDisk(() => this.close()).catch(() => undefined);
    if (!this.named) await onDisk(() => unlink(this.path)).catch(() => undefined);
  }

  private async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.handle.close();
  }
}
