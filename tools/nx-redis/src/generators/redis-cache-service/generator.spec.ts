import { addProjectConfiguration, readJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { moduleShapes } from '../../testing/module-shapes';
import { changesOf, saidBy } from '../../testing/trees';
import { redisCacheServiceGenerator } from './generator';

const ROOT = 'libs/feature-shop';
const MODULE = `${ROOT}/src/lib/shop.module.ts`;
const BARREL = `${ROOT}/src/index.ts`;
const SERVICE = `${ROOT}/src/lib/price-list-cache.service.ts`;
const PATH = './price-list-cache.service';
const HEAD = `import { Module } from '@nestjs/common';\n`;
const PLAIN = `${HEAD}@Module({})\nexport class ShopModule {}\n`;

function treeWith(moduleText: string, tags = ['scope:feature']): Tree {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addProjectConfiguration(tree, 'feature-shop', { root: ROOT, tags });
  tree.write(`${ROOT}/package.json`, JSON.stringify({ name: '@sluice/feature-shop', dependencies: {} }));
  tree.write(BARREL, `// What others may hold\nexport { ShopModule } from './lib/shop.module';\n`);
  tree.write(MODULE, moduleText);
  return tree;
}

const run = (tree: Tree, more = {}) =>
  redisCacheServiceGenerator(tree, {
    name: 'price-list',
    project: 'feature-shop',
    skipFormat: true,
    ...more,
  });

describe('redis-cache-service', () => {
  it('writes service and spec, provides, exports and depends', async () => {
    const tree = treeWith(PLAIN);
    await run(tree);

    expect(tree.read(SERVICE, 'utf8')).toContain(
      `this.cache = redis.cache<CachedPriceList>('price-list', { ttl: LIFETIME_MS });`,
    );
    expect(tree.exists(SERVICE.replace('.ts', '.spec.ts'))).toBe(true);
    expect(tree.read(BARREL, 'utf8')).toBe(
      `// What others may hold\nexport { ShopModule } from './lib/shop.module';\n` +
        `export { PriceListCacheService } from './lib/price-list-cache.service';\n`,
    );
    expect(readJson(tree, `${ROOT}/package.json`).dependencies).toEqual({
      '@nestjs/common': '^11.2.0',
      '@sluice/data-access-redis': '^0.1.0',
    });
  });

  it.each([
    ['another spelling', 'PriceList'],
    ['words', 'price list'],
    ['the suffix', 'price-list-cache'],
    ['the whole name', 'price-list-cache-service'],
    ['the name of the class', 'PriceListCacheService'],
  ])('means the same service by %s', async (_title, name) => {
    const tree = treeWith(PLAIN);
    await run(tree, { name });
    expect(tree.exists(SERVICE)).toBe(true);
  });

  it('changes nothing the second time, keeps what was edited by hand, and says so', async () => {
    const tree = treeWith(PLAIN);
    await run(tree);
    tree.write(SERVICE, '// mine\n');
    const before = changesOf(tree);
    const said = await saidBy(await run(tree, { ttl: 5_000 }));
    expect(changesOf(tree)).toEqual(before);
    expect(said).toContain(`KEPT ${SERVICE}`);
  });

  it.each(moduleShapes('PriceListCacheService', PATH).map((shape) => [shape.title, shape] as const))(
    'edits a module with %s, once',
    async (_title, { before, after }) => {
      const tree = treeWith(before);
      await run(tree);
      expect(tree.read(MODULE, 'utf8')).toBe(after);
      await run(tree);
      expect(tree.read(MODULE, 'utf8')).toBe(after);
    },
  );

  it.each([
    ['itself', `import { N } from '${PATH}';`, 'N', `import { N } from '${PATH}';`],
    [
      'an alias',
      `import { N as Prices } from '${PATH}';`,
      'Prices',
      `import { N as Prices } from '${PATH}';`,
    ],
    ['a namespace', `import * as prices from '${PATH}';`, 'prices.N', `import * as prices from '${PATH}';`],
    ['its type', `import type { N } from '${PATH}';`, 'N', `import { N } from '${PATH}';`],
    [
      'types',
      `import type { C, N } from '${PATH}';\nexport type D = C;`,
      'N',
      `import { type C, N } from '${PATH}';\nexport type D = C;`,
    ],
    ['its type among values', `import { C, type N } from '${PATH}';`, 'N', `import { C, N } from '${PATH}';`],
    ['its neighbour', `import { C } from '${PATH}';`, 'N', `import { C, N } from '${PATH}';`],
    [
      'a type beside it',
      `import type { C } from '${PATH}';`,
      'N',
      `import type { C } from '${PATH}';\nimport { N } from '${PATH}';`,
    ],
    ['another file name', `import { N } from '${PATH}.js';`, 'N', `import { N } from '${PATH}.js';`],
  ])('imports nothing twice where the module has %s', async (_title, before, as, after) => {
    const named = (text: string) => text.replace(/\bN\b/g, 'PriceListCacheService');
    const tree = treeWith(
      named(`${HEAD}${before}\n@Module({ providers: [] })\nexport class ShopModule {}\n`),
    );
    await run(tree);
    expect(tree.read(MODULE, 'utf8')).toBe(
      named(
        `${HEAD}${after}\n@Module({ providers: [${as}], exports: [${as}] })\nexport class ShopModule {}\n`,
      ),
    );
  });

  it('writes as the file is written: quotes, no semicolons, line ends, endings of paths', async () => {
    const head = `import { Module } from "@nestjs/common"\r\nimport { One } from "./one.js"\r\n`;
    const tree = treeWith(
      `${head}\r\n@Module({\r\n\tproviders: [\r\n\t\tOne,\r\n\t],\r\n})\r\nexport class ShopModule {}\r\n`,
    );
    await run(tree, { skipFormat: false });
    expect(tree.read(MODULE, 'utf8')).toBe(
      `${head}import { PriceListCacheService } from "./price-list-cache.service.js"\r\n\r\n` +
        `@Module({\r\n\tproviders: [\r\n\t\tOne,\r\n\t\tPriceListCacheService,\r\n\t],\r\n` +
        `\texports: [PriceListCacheService],\r\n})\r\nexport class ShopModule {}\r\n`,
    );
  });

  it('leaves alone what is provided under its token', async () => {
    const text = `import { Module } from '@nestjs/common';\nimport { PriceListCacheService } from '${PATH}';\n@Module({ providers: [{ provide: PriceListCacheService, useValue: {} }], exports: [PriceListCacheService] })\nexport class ShopModule {}\n`;
    const tree = treeWith(text);
    await run(tree);
    expect(tree.read(MODULE, 'utf8')).toBe(text);
  });

  it.each([
    ['a star', `export * from './lib/price-list-cache.service';\n`, undefined],
    ['a local name', `import { N } from './lib/price-list-cache.service';\nexport { N };\n`, undefined],
    [
      'its type',
      `export type { N } from './lib/price-list-cache.service';\n`,
      `export { N } from './lib/price-list-cache.service';\n`,
    ],
    [
      'another ending',
      `export * from './lib/shop.module.js';\n`,
      `export * from './lib/shop.module.js';\nexport { N } from './lib/price-list-cache.service.js';\n`,
    ],
  ])('exports it once from a barrel with %s', async (_title, before, after) => {
    const named = (text: string) => text.replace(/\bN\b/g, 'PriceListCacheService');
    const tree = treeWith(PLAIN);
    tree.write(BARREL, named(before));
    await run(tree);
    expect(tree.read(BARREL, 'utf8')).toBe(named(after ?? before));
  });

  it('takes the module of the library among several, or the chosen one', async () => {
    const tree = treeWith(PLAIN);
    tree.write(`${ROOT}/src/lib/admin/admin.module.ts`, `${HEAD}@Module({})\nexport class AdminModule {}\n`);
    await run(tree);
    expect(tree.read(MODULE, 'utf8')).toContain('PriceListCacheService');
    await run(tree, { name: 'role', directory: 'src/lib/admin', module: 'src/lib/admin/admin.module.ts' });
    expect(tree.read(`${ROOT}/src/lib/admin/admin.module.ts`, 'utf8')).toContain(
      `import { RoleCacheService } from './role-cache.service';`,
    );
  });

  it('lets TypeScript build project by project, and keeps comments', async () => {
    const tree = treeWith(PLAIN);
    for (const name of ['data-access-redis', 'testing-servers']) {
      addProjectConfiguration(tree, name, { root: `libs/${name}` });
      tree.write(`libs/${name}/package.json`, JSON.stringify({ name: `@sluice/${name}` }));
      tree.write(`libs/${name}/tsconfig.lib.json`, '{}');
    }
    tree.write(`${ROOT}/tsconfig.lib.json`, '{ "include": ["src"] /* all */ }');
    tree.write(`${ROOT}/tsconfig.spec.json`, '{ "references": [{ "path": "./tsconfig.lib.json" }] }');
    await run(tree);
    await run(tree);
    expect(tree.read(`${ROOT}/tsconfig.lib.json`, 'utf8')).toContain('/* all */');
    const needed = ['data-access-redis', 'testing-servers'].map((name) => ({
      path: `../${name}/tsconfig.lib.json`,
    }));
    expect(readJson(tree, `${ROOT}/tsconfig.lib.json`).references).toEqual(needed);
    expect(readJson(tree, `${ROOT}/tsconfig.spec.json`).references).toEqual([
      { path: './tsconfig.lib.json' },
      ...needed,
    ]);
  });
});
