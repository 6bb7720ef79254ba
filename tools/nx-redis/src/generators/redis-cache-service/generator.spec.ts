import { addProjectConfiguration, readJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { redisCacheServiceGenerator } from './generator';

const ROOT = 'libs/feature-shop';
const MODULE = `${ROOT}/src/lib/shop.module.ts`;
const BARREL = `${ROOT}/src/index.ts`;
const SERVICE = `${ROOT}/src/lib/price-list-cache.service.ts`;
const HEAD = `import { Module } from '@nestjs/common';\n`;

function treeWith(moduleText: string): Tree {
  const tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addProjectConfiguration(tree, 'feature-shop', { root: ROOT, tags: ['scope:feature'] });
  tree.write(`${ROOT}/package.json`, JSON.stringify({ name: '@sluice/feature-shop', dependencies: {} }));
  tree.write(BARREL, `// What others may hold\nexport { ShopModule } from './lib/shop.module';\n`);
  tree.write(MODULE, HEAD + moduleText);
  return tree;
}

const run = (tree: Tree, more = {}) =>
  redisCacheServiceGenerator(tree, {
    name: 'price-list',
    project: 'feature-shop',
    skipFormat: true,
    ...more,
  });

const everything = (tree: Tree) =>
  Object.fromEntries(tree.listChanges().map(({ path, content }) => [path, content?.toString()]));

const squeeze = (text: string | null) => (text ?? '').replace(/\s+/g, ' ');

describe('redis-cache-service', () => {
  it('writes service and spec, provides, exports and depends', async () => {
    const tree = treeWith('@Module({ providers: [], exports: [] })\nexport class ShopModule {}\n');
    await run(tree);

    expect(tree.read(SERVICE, 'utf8')).toContain(
      `this.cache = redis.cache<CachedPriceList>('price-list', { ttl: LIFETIME_MS });`,
    );
    expect(tree.exists(SERVICE.replace('.ts', '.spec.ts'))).toBe(true);
    expect(tree.read(MODULE, 'utf8')).toContain(
      `import { PriceListCacheService } from './price-list-cache.service';`,
    );
    expect(tree.read(BARREL, 'utf8')).toBe(
      `// What others may hold\nexport { ShopModule } from './lib/shop.module';\n` +
        `export { PriceListCacheService } from './lib/price-list-cache.service';\n`,
    );
    expect(readJson(tree, `${ROOT}/package.json`).dependencies).toMatchObject({
      '@sluice/data-access-redis': '*',
    });
  });

  it.each([
    ['another spelling', 'PriceList'],
    ['the suffix', 'price-list-cache'],
    ['the whole name', 'price-list-cache-service'],
  ])('means the same service by %s', async (_title, name) => {
    const tree = treeWith('@Module({})\nexport class ShopModule {}\n');
    await run(tree, { name });
    expect(tree.exists(SERVICE)).toBe(true);
  });

  it('changes nothing the second time, and keeps what was edited by hand', async () => {
    const tree = treeWith('@Module({})\nexport class ShopModule {}\n');
    await run(tree);
    tree.write(SERVICE, '// mine\n');
    const before = everything(tree);
    const finish = await run(tree);
    expect(everything(tree)).toEqual(before);

    const written = jest.spyOn(console, 'info').mockImplementation();
    await finish();
    expect(written.mock.calls.flat().join('\n')).toContain(`KEPT ${SERVICE}`);
    written.mockRestore();
  });

  it.each([
    ['no argument', '@Module()', '@Module({ providers: [N], exports: [N] })'],
    ['no lists', '@Module({})', '@Module({ providers: [N], exports: [N] })'],
    [
      'arrays',
      '@Module({ providers: [A], exports: [A] })',
      '@Module({ providers: [A, N], exports: [A, N] })',
    ],
    [
      'spread element',
      '@Module({ providers: [...B, A] })',
      '@Module({ providers: [...B, A, N], exports: [N] })',
    ],
    [
      'spread before the lists',
      '@Module({ ...base, providers: [A], exports: [] })',
      '@Module({ ...base, providers: [A, N], exports: [N] })',
    ],
    [
      'constant',
      'const B = [A] as const;\n@Module({ providers: B })',
      'const B = [A, N] as const; @Module({ providers: B, exports: [N] })',
    ],
    [
      'shorthand',
      'const providers = [A];\n@Module({ providers })',
      'const providers = [A, N]; @Module({ providers, exports: [N] })',
    ],
    [
      'constant metadata',
      'const metadata = { providers: [A] } satisfies ModuleMetadata;\n@Module(metadata)',
      'const metadata = { providers: [A, N], exports: [N] } satisfies ModuleMetadata; @Module(metadata)',
    ],
    [
      'there already, by provide',
      '@Module({ providers: [{ provide: N, useClass: A }], exports: [N] })',
      '@Module({ providers: [{ provide: N, useClass: A }], exports: [N] })',
    ],
  ])('edits a module with %s', async (_title, before, after) => {
    const named = (text: string) => text.replace(/\bN\b/g, 'PriceListCacheService');
    const tree = treeWith(`${named(before)}\nexport class ShopModule {}\n`);
    await run(tree);
    // Unformatted here (generated-library.spec.ts has the formatter): spaces do not count.
    const plain = (text: string | null) =>
      squeeze(text)
        .replace(/,? ([}\])])/g, '$1')
        .replace(/([{[(]) /g, '$1');
    expect(plain(tree.read(MODULE, 'utf8'))).toContain(plain(`${named(after)} export class ShopModule {}`));
  });

  it('keeps every comment where it was', async () => {
    const tree = treeWith(
      '@Module({\n  providers: [\n    A, // first\n    /* second */ B,\n    // none yet\n  ],\n  // last\n})\nexport class ShopModule {}\n',
    );
    await run(tree);
    const text = squeeze(tree.read(MODULE, 'utf8'));
    expect(text).toContain('A, // first /* second */ B,');
    expect(text).toContain('// none yet');
    expect(text).toContain('// last');
    expect(text).toMatch(/B, (\/\/ none yet )?PriceListCacheService\]/);
  });

  it.each([
    [
      'a list from elsewhere',
      `import { B } from './b';\n@Module({ providers: B })`,
      /providers are no array/,
    ],
    ['a computed list', '@Module({ providers: [A].concat(B) })', /providers are no array/],
    ['a spread that may hold the list', '@Module({ ...base })', /a spread/],
    ['a spread behind the list', '@Module({ providers: [A], ...base })', /a spread/],
    [
      'metadata from elsewhere',
      `import { metadata } from './b';\n@Module(metadata)`,
      /no object of this file/,
    ],
    ['two modules', '@Module({})\nexport class A {}\n@Module({})', /2 classes/],
    ['no module', '@Injectable()', /0 classes/],
    [
      'the name for something else',
      `import { PriceListCacheService } from './b';\n@Module({})`,
      /another name/,
    ],
    ['no valid TypeScript', '@Module({ providers: [ })', /does not parse/],
  ])('refuses a module with %s, and leaves the tree alone', async (_title, text, message) => {
    const tree = treeWith(`${text}\nexport class ShopModule {}\n`);
    const before = everything(tree);
    await expect(run(tree)).rejects.toThrow(message);
    expect(everything(tree)).toEqual(before);
  });

  it.each([
    ['a name that is none', { name: '../price' }, /cannot name/],
    ['a directory outside', { directory: '../other/src' }, /lies outside/],
    ['a module that is missing', { module: 'src/none.module.ts' }, /does not exist/],
    ['a project that is missing', { project: 'feature-none' }, /feature-none/],
  ])('refuses %s', async (_title, more, message) => {
    const tree = treeWith('@Module({})\nexport class ShopModule {}\n');
    await expect(run(tree, more)).rejects.toThrow(message);
    expect(tree.exists(SERVICE)).toBe(false);
  });

  it('asks which module when there are several', async () => {
    const tree = treeWith('@Module({})\nexport class ShopModule {}\n');
    tree.rename(MODULE, `${ROOT}/src/lib/one.module.ts`);
    tree.write(`${ROOT}/src/lib/two.module.ts`, `${HEAD}@Module({})\nexport class TwoModule {}\n`);
    await expect(run(tree)).rejects.toThrow(/--module: .*one\.module\.ts, .*two\.module\.ts/);
    await run(tree, { module: 'src/lib/two.module.ts' });
    expect(tree.read(`${ROOT}/src/lib/two.module.ts`, 'utf8')).toContain('PriceListCacheService');
  });

  it('refuses a library that is no feature', async () => {
    const tree = treeWith('@Module({})\nexport class ShopModule {}\n');
    addProjectConfiguration(tree, 'util-x', { root: 'libs/util-x', tags: ['scope:util'] });
    await expect(run(tree, { project: 'util-x' })).rejects.toThrow(/belongs to a feature library/);
  });

  it('adds project references once, comments kept', async () => {
    const tree = treeWith('@Module({})\nexport class ShopModule {}\n');
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
    expect(readJson(tree, `${ROOT}/tsconfig.lib.json`).references).toEqual([
      { path: '../data-access-redis/tsconfig.lib.json' },
    ]);
    expect(readJson(tree, `${ROOT}/tsconfig.spec.json`).references).toEqual([
      { path: './tsconfig.lib.json' },
      { path: '../data-access-redis/tsconfig.lib.json' },
      { path: '../testing-servers/tsconfig.lib.json' },
    ]);
  });
});
