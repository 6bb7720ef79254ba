import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConsoleLogger, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import * as ts from 'typescript';
import type { DatabaseModuleOptions } from './config/database.config';
import { DatabaseModule, type DatabaseOptionsFactory } from './database.module';
import { DatabaseService } from './database.service';
import { UserRepository } from './users/user.repository';

let server: ProvidedDatabase;
let given: DatabaseModuleOptions;

beforeAll(async () => {
  server = await provideDatabase();
});

afterAll(() => server?.stop());

@Injectable()
class Settings implements DatabaseOptionsFactory {
  createDatabaseOptions(): DatabaseModuleOptions {
    return given;
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

const imports = [SettingsModule];

const ways = {
  forRoot: () => DatabaseModule.forRoot(given),
  useFactory: () =>
    DatabaseModule.forRootAsync({
      imports,
      inject: [Settings],
      useFactory: (settings: Settings) => Promise.resolve(settings.createDatabaseOptions()),
    }),
  useClass: () => DatabaseModule.forRootAsync({ useClass: Settings }),
  useExisting: () => DatabaseModule.forRootAsync({ imports, useExisting: Settings }),
};

it.each(Object.entries(ways))('takes its options by %s', async (_, way) => {
  given = { url: server.url };
  const app = await Test.createTestingModule({ imports: [way()] })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  try {
    await app.init();
    expect(app.get(DatabaseService).ready).toBe(true);
    expect(inspect(app.get(UserRepository), { depth: 10, showHidden: true })).not.toContain('postgres:');
  } finally {
    await app.close();
  }

  given = { poolSize: 0 };
  await expect(Test.createTestingModule({ imports: [way()] }).compile()).rejects.toMatchObject({
    code: 'DATABASE_CONFIG',
    problems: [expect.stringMatching(/^poolSize: /)],
  });
});

it('shows no type of the driver or of Drizzle to whoever imports it', () => {
  const packages = new Set<string>();
  const visited = new Set<string>();
  const visit = (file: string) => {
    if (visited.has(file)) return;
    visited.add(file);
    const compilerOptions = { module: ts.ModuleKind.NodeNext, experimentalDecorators: true };
    const { outputText } = ts.transpileDeclaration(readFileSync(file, 'utf8'), { compilerOptions });
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith('.')) visit(`${join(file, '..', fileName)}.ts`);
      else packages.add(fileName);
    }
  };
  visit(join(__dirname, '..', 'index.ts'));
  expect(visited.size).toBeGreaterThan(8);
  expect([...packages]).toEqual(['@nestjs/common']);
});
