import { addProjectConfiguration } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { changesOf } from '../../testing/trees';
import { redisCacheServiceGenerator } from './generator';

const ROOT = 'libs/feature-shop';
const MODULE = `${ROOT}/src/lib/shop.module.ts`;
const HEAD = `import { Module } from '@nestjs/common';\n`;
const SERVICE = 'PriceListCacheService';

let tree: Tree;

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addProjectConfiguration(tree, 'feature-shop', { root: ROOT, tags: ['scope:feature'] });
  addProjectConfiguration(tree, 'util-money', { root: 'libs/util-money', tags: ['scope:util'] });
  addProjectConfiguration(tree, 'untagged', { root: 'libs/untagged' });
  tree.write(`${ROOT}/src/index.ts`, `export { ShopModule } from './lib/shop.module';\n`);
  tree.write(MODULE, `${HEAD}@Module({})\nexport class ShopModule {}\n`);
});

async function refuses(message: RegExp, more = {}): Promise<void> {
  const before = changesOf(tree);
  const options = { name: 'price-list', project: 'feature-shop', skipFormat: true, ...more };
  await expect(redisCacheServiceGenerator(tree, options)).rejects.toThrow(message);
  expect(changesOf(tree)).toEqual(before);
}

describe('redis-cache-service leaves the tree alone and says what to do', () => {
  it.each([
    ['a spread from elsewhere', `import { base } from './b';\n@Module({ ...base })`, /a spread/],
    [
      'a spread behind the list',
      `import { base } from './b';\n@Module({ providers: [], ...base })`,
      /a spread/,
    ],
    ['metadata from elsewhere', `import { m } from './b';\n@Module(m)`, /no object of this file/],
    ['computed metadata', '@Module(Object.assign({}, {}))', /no object of this file/],
    ['metadata that others use', 'export const m = {};\n@Module(m)', /m is used elsewhere/],
    ['a getter for a list', '@Module({ get providers() { return []; } })', /providers are a method/],
    ['two modules', '@Module({})\nexport class A {}\n@Module({})', /2 classes with @Module/],
    ['no module', '', /0 classes with @Module/],
    ['a decorator of another package', `import { Module as M } from './own';\n@M({})`, /0 classes/],
    ['the name for something else', `import { ${SERVICE} } from './b';\n@Module({})`, /imports .* already/],
    ['the name of its own', `class ${SERVICE} {}\n@Module({})`, /declares .* itself/],
    ['no valid TypeScript', '@Module({ providers: [ })', /does not parse/],
  ])('at a module with %s', async (_title, text, message) => {
    tree.write(MODULE, `${HEAD}${text}\nexport class ShopModule {}\n`);
    await refuses(message);
  });

  it.each([
    ['the name from elsewhere', `export { ${SERVICE} } from './b';`, /exports another/],
    ['the name of its own', `export class ${SERVICE} {}`, /exports another/],
    ['no valid TypeScript', 'export {', /does not parse/],
  ])('at a barrel with %s', async (_title, text, message) => {
    tree.write(`${ROOT}/src/index.ts`, text);
    await refuses(message);
  });

  it.each([
    ['a path for a name', { name: '../price' }, /cannot name a cache service/],
    ['a name that begins with a digit', { name: '7days' }, /cannot name/],
    ['a name in other letters', { name: 'preisübersicht' }, /cannot name/],
    ['an empty name', { name: ' ' }, /cannot name/],
    ['a name that is too long', { name: 'a'.repeat(64) }, /1 to 63/],
    ['a directory outside', { directory: '../other/src' }, /lies outside/],
    ['a module that is missing', { module: 'src/none.module.ts' }, /does not exist/],
    ['a project that is no feature', { project: 'util-money' }, /is tagged scope:util/],
    ['a project without a tag', { project: 'untagged' }, /"scope:feature"/],
    ['a new project that is called otherwise', { project: 'shop' }, /--project=feature-shop/],
    ['a new project in another layout', { project: 'feature-new' }, /@nx\/nest:library/],
    ['a ttl that is too short', { ttl: 10 }, /at least 1000/],
    ['a ttl that is no number', { ttl: Number.NaN }, /milliseconds/],
    ['a negative ttl of half a millisecond', { negative: 0.5 }, /milliseconds/],
    ['an empty tag', { tags: 'a,,b' }, /--tags/],
    ['a tag that is too long', { tags: ['a'.repeat(901)] }, /--tags/],
    ['an entity that is nowhere', { entity: 'Price' }, /no file in .* exports/],
    ['an entity in a file that is nowhere', { entity: 'src/lib/price.ts' }, /no such file/],
    ['an entity in another project', { entity: 'libs/util-money/src/index.ts' }, /lies outside|no such file/],
  ])('at %s', async (_title, more, message) => refuses(message, more));

  it.each([
    ['a date', 'interface Price { at: Date }', /Price\.at is a Date/],
    [
      'a map, deep down',
      'interface Price { of: { all: Map<string, number> }[] }',
      /Price\.of\[\]\.all is a Map/,
    ],
    ['a method', 'class Price { total(): number { return 1; } }', /Price\.total is a method/],
    ['a big number', 'type Price = { cents: bigint }', /a bigint/],
    ['a function', 'type Price = { format: () => string }', /a function/],
    [
      'a date of another type of the file',
      'interface Price { at: At }\ntype At = Date;',
      /Price\.at is a Date/,
    ],
  ])('at an entity with %s', async (_title, text, message) => {
    tree.write(`${ROOT}/src/lib/price.ts`, `export ${text}\n`);
    await refuses(message, { entity: 'Price' });
  });

  it('at a file of several types, and at a type of several files', async () => {
    tree.write(
      `${ROOT}/src/lib/price.ts`,
      'export interface A { id: string }\nexport interface B { id: string }\n',
    );
    await refuses(/exports A, B\. Name one/, { entity: 'src/lib/price.ts' });
    tree.write(`${ROOT}/src/lib/other.ts`, 'export interface A { id: string }\n');
    await refuses(/exported by several files/, { entity: 'A' });
  });

  it('at a schema for what is not known', async () => {
    tree.write(
      `${ROOT}/src/lib/price.ts`,
      `import type { C } from './c';\nexport interface Price { c: C }\n`,
    );
    await refuses(/no schema can be written/, { entity: 'Price', schema: true });
  });

  it('at a cache of the same name in another feature', async () => {
    addProjectConfiguration(tree, 'feature-other', { root: 'libs/feature-other', tags: ['scope:feature'] });
    const file = 'libs/feature-other/src/lib/prices.ts';
    tree.write(
      file,
      `export const prices = (redis: Redis) => redis.cache<Price>('price-list', { ttl: 1 });\n`,
    );
    await refuses(/feature-other.* has a cache named "price-list" already/);
  });

  it('at several modules, and nobody there to ask', async () => {
    tree.rename(MODULE, `${ROOT}/src/lib/one.module.ts`);
    tree.write(`${ROOT}/src/lib/two.module.ts`, `${HEAD}@Module({})\nexport class TwoModule {}\n`);
    await refuses(/--module: .*one\.module\.ts, .*two\.module\.ts/);
  });
});
