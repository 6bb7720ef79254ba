/** A way to write a Nest module: before a provider is added, and after it. */
export interface ModuleShape {
  title: string;
  before: string;
  after: string;
}

/** What the modules below import; it is the same in all of them. */
export const NEIGHBOURS: Record<string, string> = {
  'one.service.ts': `import { Injectable } from '@nestjs/common';

@Injectable()
export class OneService {}
`,
  'shared.ts': `import type { Provider } from '@nestjs/common';
import { OneService } from './one.service';

export const SHARED: Provider[] = [OneService];
export const metadata = { controllers: [] };
`,
};

const COMMON = `import { Module } from '@nestjs/common';`;
const ONE = `import { OneService } from './one.service';`;
const SHARED = `import { SHARED } from './shared';`;
const CLASS = 'export class ShopModule {}\n';

/** @param path and name of what is added */
export function moduleShapes(name: string, path: string): ModuleShape[] {
  const added = `import { ${name} } from '${path}';`;
  const row = (title: string, before: string[], after: string[]): ModuleShape => ({
    title,
    before: [...before, CLASS].join('\n'),
    after: [...after, CLASS].join('\n'),
  });
  const withOne = (title: string, before: string, after: string) =>
    row(title, [COMMON, ONE, '', before], [COMMON, ONE, added, '', after]);
  return [
    row(
      'no argument',
      [COMMON, '', '@Module()'],
      [COMMON, added, '', `@Module({ providers: [${name}], exports: [${name}] })`],
    ),
    row(
      'no lists',
      [COMMON, '', '@Module({})'],
      [COMMON, added, '', `@Module({ providers: [${name}], exports: [${name}] })`],
    ),
    withOne(
      'arrays',
      '@Module({ providers: [OneService], exports: [OneService] })',
      `@Module({ providers: [OneService, ${name}], exports: [OneService, ${name}] })`,
    ),
    withOne(
      'arrays with comments',
      `@Module({
  providers: [
    OneService, // first
    // none yet
  ],
  // last
})`,
      `@Module({
  providers: [
    OneService, // first
    // none yet
    ${name},
  ],
  // last
  exports: [${name}],
})`,
    ),
    withOne(
      'a constant',
      `const services = [OneService] as const;

@Module({ providers: [...services], exports: [...services] })`,
      `const services = [OneService] as const;

@Module({ providers: [...services, ${name}], exports: [...services, ${name}] })`,
    ),
    withOne(
      'a constant as the list',
      `const services = [OneService];

@Module({ providers: services })`,
      `const services = [OneService, ${name}];

@Module({ providers: services, exports: [${name}] })`,
    ),
    withOne(
      'a constant that others use',
      `export const services = [OneService];

@Module({ providers: services })`,
      `export const services = [OneService];

@Module({ providers: [...services, ${name}], exports: [${name}] })`,
    ),
    withOne(
      'shorthand',
      `const providers = [OneService];

@Module({ providers })`,
      `const providers = [OneService, ${name}];

@Module({ providers, exports: [${name}] })`,
    ),
    row(
      'a list from elsewhere',
      [COMMON, SHARED, '', '@Module({ providers: SHARED })'],
      [COMMON, SHARED, added, '', `@Module({ providers: [...SHARED, ${name}], exports: [${name}] })`],
    ),
    row(
      'shorthand from elsewhere',
      [COMMON, `import { SHARED as providers } from './shared';`, '', '@Module({ providers })'],
      [
        ...[COMMON, `import { SHARED as providers } from './shared';`, added, ''],
        `@Module({ providers: [...providers, ${name}], exports: [${name}] })`,
      ],
    ),
    row(
      'a computed list',
      [COMMON, ONE, SHARED, '', '@Module({ providers: [OneService].concat(SHARED as never[]) })'],
      [
        ...[COMMON, ONE, SHARED, added, ''],
        `@Module({ providers: [...[OneService].concat(SHARED as never[]), ${name}], exports: [${name}] })`,
      ],
    ),
    row(
      'constant metadata',
      [
        ...[`import { Module, type ModuleMetadata } from '@nestjs/common';`, ONE, ''],
        'const metadata = { providers: [OneService] } satisfies ModuleMetadata;\n\n@Module(metadata)',
      ],
      [
        ...[`import { Module, type ModuleMetadata } from '@nestjs/common';`, ONE, added, ''],
        `const metadata = { providers: [OneService, ${name}], exports: [${name}] } satisfies ModuleMetadata;`,
        '\n@Module(metadata)',
      ],
    ),
    withOne(
      'a spread of the file',
      `const base = { providers: [OneService] };

@Module({ ...base })`,
      `const base = { providers: [OneService, ${name}] };

@Module({ ...base, exports: [${name}] })`,
    ),
    row(
      'a spread before the lists',
      [
        COMMON,
        `import { metadata } from './shared';`,
        '',
        '@Module({ ...metadata, providers: [], exports: [] })',
      ],
      [
        ...[COMMON, `import { metadata } from './shared';`, added, ''],
        `@Module({ ...metadata, providers: [${name}], exports: [${name}] })`,
      ],
    ),
    row(
      'an alias of the decorator',
      [`import { Module as NestModule } from '@nestjs/common';`, '', '@NestModule({ providers: [] })'],
      [
        ...[`import { Module as NestModule } from '@nestjs/common';`, added, ''],
        `@NestModule({ providers: [${name}], exports: [${name}] })`,
      ],
    ),
    row(
      'a namespace',
      [`import * as nest from '@nestjs/common';`, '', '@nest.Module({})'],
      [
        `import * as nest from '@nestjs/common';`,
        added,
        '',
        `@nest.Module({ providers: [${name}], exports: [${name}] })`,
      ],
    ),
    {
      title: 'a dynamic module',
      before: dynamicModule('@Module({})'),
      after: dynamicModule(`@Module({ providers: [${name}], exports: [${name}] })`, `${added}\n`),
    },
  ];
}

function dynamicModule(decorator: string, imported = ''): string {
  return `import { type DynamicModule, Module } from '@nestjs/common';
import { OneService } from './one.service';
${imported}
${decorator}
export class ShopModule {
  static forRoot(): DynamicModule {
    return { module: ShopModule, providers: [OneService] };
  }
}
`;
}
