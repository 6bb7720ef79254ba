import { randomBytes, randomUUID } from 'node:crypto';
import { lutimesSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DatabaseModule, UserRepository } from '@sluice/data-access-database';
import { executeSql } from '@sluice/testing-servers';
import { ImageStorage } from '../lib/storage/image-storage';
import { ImageRetention } from '../lib/storage/retention/image-retention';

/** Retention alone, over a database and a storage. */
export async function retentionApp(
  databaseUrl: string,
  storage: ImageStorage,
): Promise<{ retention: ImageRetention; module: TestingModule }> {
  const module = await Test.createTestingModule({
    imports: [DatabaseModule.forRoot({ url: databaseUrl })],
    providers: [ImageRetention, { provide: ImageStorage, useValue: storage }],
  }).compile();
  module.useLogger(false);
  await module.init();
  return { retention: module.get(ImageRetention), module };
}

/** What is logged from now on, until the next app is made. */
export function heard(): string[] {
  const lines: string[] = [];
  const keep = (line: unknown) => void lines.push(String(line));
  Logger.overrideLogger({ log: keep, warn: keep, error: keep });
  return lines;
}

/** Images and their files, as old as a test wants them. */
export class OldImages {
  private ownerId = '';

  constructor(
    private readonly databaseUrl: string,
    private readonly storage: ImageStorage,
    private readonly directory: string,
  ) {}

  async begin(module: TestingModule): Promise<void> {
    const user = { email: `${randomUUID()}@example.com`, passwordHash: 'none' };
    ({ id: this.ownerId } = await module.get(UserRepository, { strict: false }).create(user));
  }

  /** @param hoursAgo when it was put */
  async file(hoursAgo: number, content: Buffer = randomBytes(100)): Promise<string> {
    const { key } = await this.storage.put(Readable.from([content]), { type: 'png' });
    this.age(key, hoursAgo);
    return key;
  }

  age(key: string, hoursAgo: number): void {
    const time = Date.now() / 1_000 - hoursAgo * 3_600;
    lutimesSync(join(this.directory, key.slice(0, 2), key), time, time);
  }

  /** A completed image of these files; undefined: it was not deleted. */
  async image(deletedDaysAgo: number | undefined, fileKey: string, thumbKey: string): Promise<string> {
    const id = randomUUID();
    const deletedAt =
      deletedDaysAgo === undefined ? 'null' : `now() - ${deletedDaysAgo * 24} * interval '1 hour'`;
    await executeSql(
      this.databaseUrl,
      `insert into images (id, owner_id, status, prompt, seed, width, height, created_at, completed_at, deleted_at,
         file_key, thumb_key, content_type, bytes, sha256)
       values ('${id}', '${this.ownerId}', 'completed', 'p', '1', 64, 64, now() - interval '90 days',
         now() - interval '90 days', ${deletedAt}, '${fileKey}', '${thumbKey}', 'image/png', 100, '${'0'.repeat(64)}')`,
    );
    return id;
  }

  /** One for each file, none of them deleted. */
  async imagesOf(fileKeys: readonly string[]): Promise<void> {
    const keys = fileKeys.map((key) => `'${key}'`).join(', ');
    await executeSql(
      this.databaseUrl,
      `insert into images (id, owner_id, status, prompt, seed, width, height, completed_at, file_key, thumb_key,
         content_type, bytes, sha256)
       select gen_random_uuid(), '${this.ownerId}', 'completed', 'p', '1', 64, 64, now(), key, key, 'image/png', 1,
         '${'0'.repeat(64)}' from unnest(array[${keys}]) key`,
    );
  }
}
