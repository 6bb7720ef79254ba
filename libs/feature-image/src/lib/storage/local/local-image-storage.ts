import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { refused } from '../image-file.errors';
import type { DeleteOptions, ListedFile, PutOptions, PutResult, StoredFile } from '../image-storage';
import { ImageStorage } from '../image-storage';
import type { ImageStorageConfig, ImageStorageOptions } from '../image-storage.options';
import { resolveImageStorageOptions } from '../image-storage.options';
import { readBounded } from '../source/read-bounded';
import { contentTypeOf, isStorageKey, storageKey, type StorageKey, storedEtag } from '../storage-key';
import { deleteFile } from './delete-file';
import { isSilence, onDisk, systemCode, unlessMissing } from './disk-error';
import { ImageFolder } from './image-folder';
import { removeLeftovers } from './leftovers';
import { UnfinishedFile } from './unfinished-file';

/** Of a link, the link itself; and no waiting for somebody at the other end of a pipe. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Images in a folder of the local disk, or of a volume that all processes mount. The folder is made at the first use;
 * a failure of that is told to the caller, and tried again with the next call.
 */
export class LocalImageStorage extends ImageStorage {
  private readonly config: ImageStorageConfig;
  private folder: Promise<ImageFolder> | undefined;

  /** @throws ImageFileError `IMAGE_CONFIG` */
  constructor(
    options: ImageStorageOptions = {},
    private readonly now: () => number = Date.now,
  ) {
    super();
    this.config = resolveImageStorageOptions(options);
  }

  async put(source: Readable, options: PutOptions): Promise<PutResult> {
    // Until it is read it has no other listener, and an error that nobody hears ends the process.
    source.on('error', () => undefined);
    try {
      const folder = await this.ready();
      const file = await UnfinishedFile.create(folder.unfinished);
      try {
        const sha256 = await this.write(file, source, options);
        const key = storageKey(sha256, options.type);
        await file.finish(folder.pathOf(key));
        return { key, bytes: file.bytes, sha256, contentType: contentTypeOf(key) };
      } finally {
        await file.discard();
      }
    } finally {
      source.destroy();
    }
  }

  async get(key: StorageKey): Promise<StoredFile | null> {
    const [etag, contentType] = [storedEtag(key), contentTypeOf(key)];
    const folder = await this.ready();
    return onDisk(async () => {
      const handle = await openFile(folder, key);
      const found = await handle?.stat();
      if (handle && found?.isFile()) {
        return { bytes: found.size, etag, contentType, stream: handle.createReadStream() };
      }
      await handle?.close();
      return null;
    });
  }

  async delete(key: StorageKey, { putBefore }: DeleteOptions = {}): Promise<'gone' | 'kept'> {
    contentTypeOf(key);
    const folder = await this.ready();
    return onDisk(() => deleteFile(folder, key, putBefore));
  }

  async *list(): AsyncGenerator<ListedFile, void, undefined> {
    const folder = await this.ready();
    let failure: unknown;
    for (const shard of folder.shards) {
      const names = await onDisk(() => namesIn(folder, shard)).catch((error: unknown) => {
        if (isSilence(error)) throw error;
        failure ??= error;
        return [];
      });
      for (const key of names.filter((name) => isStorageKey(name) && name.startsWith(shard)).sort()) {
        const found = await onDisk(() => lstat(join(folder.shard(shard), key)).catch(unlessMissing));
        if (found) yield { key, bytes: found.size, putAt: found.mtime };
      }
    }
    if (failure !== undefined) throw failure;
  }

  async removeUnfinished(): Promise<number> {
    return removeLeftovers(await this.ready(), this.now());
  }

  /** Passes the source on to the file and returns the SHA-256 of what was written, in hex. */
  private async write(
    file: UnfinishedFile,
    source: Readable,
    { maxBytes = this.config.maxBytes, signal, through }: PutOptions,
  ): Promise<string> {
    const { silenceMs, totalMs } = this.config;
    const pieces = readBounded(source, { maxBytes, silenceMs, totalMs, signal });
    const hash = createHash('sha256');
    for await (const piece of through?.(pieces) ?? pieces) {
      hash.update(piece);
      await file.append(piece);
    }
    if (file.bytes === 0) throw refused('truncated', 'There is nothing in the file.');
    return hash.digest('hex');
  }

  private ready(): Promise<ImageFolder> {
    this.folder ??= this.prepare().catch((error: unknown) => {
      this.folder = undefined;
      throw error;
    });
    return this.folder;
  }

  private async prepare(): Promise<ImageFolder> {
    const folder = await ImageFolder.prepare(this.config.directory);
    // Leftovers cost room and nothing else: a disk that can only be read still serves what is on it.
    await removeLeftovers(folder, this.now()).catch(() => undefined);
    return folder;
  }
}

async function namesIn(folder: ImageFolder, shard: string): Promise<string[]> {
  await folder.checkOwn(folder.shard(shard));
  const entries = await readdir(folder.shard(shard), { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function openFile(folder: ImageFolder, key: StorageKey): Promise<FileHandle | undefined> {
  try {
    return await open(folder.pathOf(key), READ);
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') unlessMissing(error);
    // Not there is only an answer while the place where it would be is.
    await lstat(folder.folderOf(key));
    return undefined;
  }
}
