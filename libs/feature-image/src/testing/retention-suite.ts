import type { TestingModule } from '@nestjs/testing';
import { ImageFileRepository } from '@sluice/data-access-database';
import { executeSql, provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { ImageFileError } from '../lib/storage/image-file.errors';
import type { DeleteOptions } from '../lib/storage/image-storage';
import { LocalImageStorage } from '../lib/storage/local/local-image-storage';
import type { ImageRetention } from '../lib/storage/retention/image-retention';
import { OldImages, retentionApp } from './retention-app';
import { useScratchFolder } from './scratch-folder';
import { filesIn } from './stored-files';

/** A storage whose disk has trouble with some files. */
export class TroubledStorage extends LocalImageStorage {
  readonly trouble = new Map<string, string>();
  asked = 0;
  beforeDelete: () => unknown = () => undefined;

  override async delete(key: string, options?: DeleteOptions): Promise<'gone' | 'kept'> {
    this.asked += 1;
    await this.beforeDelete();
    const reason = this.trouble.get(key);
    if (reason) throw new ImageFileError('IMAGE_STORE_UNAVAILABLE', 'Trouble.', { reason });
    return super.delete(key, options);
  }
}

/** Retention over a storage and a database without images, new for each test. */
export class RetentionSuite {
  database!: ProvidedDatabase;
  storage!: TroubledStorage;
  retention!: ImageRetention;
  old!: OldImages;
  private module!: TestingModule;

  constructor(private readonly scratch: () => string) {}

  get folder(): string {
    return this.scratch();
  }

  async begin(): Promise<void> {
    this.storage = new TroubledStorage({ directory: this.folder });
    ({ retention: this.retention, module: this.module } = await retentionApp(
      this.database.url,
      this.storage,
    ));
    await executeSql(this.database.url, 'truncate images');
    this.old = new OldImages(this.database.url, this.storage, this.folder);
    await this.old.begin(this.module);
  }

  async end(): Promise<void> {
    await this.module?.close();
  }

  /** The files that are there. */
  files(): string[] {
    return filesIn(this.folder).map((path) => path.slice(3));
  }

  /** Those of the keys that a row names. */
  async inRows(keys: readonly string[]): Promise<string[]> {
    const repository = this.module.get(ImageFileRepository, { strict: false });
    return [...(await repository.knownFileKeys(keys))].sort();
  }

  /** The keys of an image of two files that were put long ago. */
  async pair(deletedDaysAgo: number | undefined): Promise<[string, string]> {
    const keys: [string, string] = [await this.old.file(2_000), await this.old.file(2_000)];
    await this.old.image(deletedDaysAgo, ...keys);
    return keys;
  }
}

export function useRetention(): RetentionSuite {
  const suite = new RetentionSuite(useScratchFolder());
  beforeAll(async () => {
    suite.database = await provideDatabase();
  });
  beforeEach(() => suite.begin());
  afterEach(async () => {
    jest.restoreAllMocks();
    await suite.end();
  });
  afterAll(() => suite.database?.stop());
  return suite;
}
