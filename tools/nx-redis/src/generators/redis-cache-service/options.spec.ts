import { addProjectConfiguration } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { redisCacheServiceGenerator } from './generator';

const ROOT = 'libs/feature-shop';

let tree: Tree;

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addProjectConfiguration(tree, 'feature-shop', { root: ROOT, tags: ['scope:feature'] });
  tree.write(`${ROOT}/src/index.ts`, '');
  tree.write(
    `${ROOT}/src/lib/shop.module.ts`,
    `import { Module } from '@nestjs/common';\n@Module({})\nexport class ShopModule {}\n`,
  );
});

async function written(options: object): Promise<{ service: string; spec: string }> {
  await redisCacheServiceGenerator(tree, {
    name: 'price',
    project: 'feature-shop',
    skipFormat: true,
    ...options,
  });
  const [service, spec] = ['ts', 'spec.ts'].map((ending) =>
    tree.read(`${ROOT}/src/lib/price-cache.service.${ending}`, 'utf8'),
  );
  return { service: service ?? '', spec: spec ?? '' };
}

/** That it compiles, lints and passes with each of them is in matrix.spec.ts; this is what they mean. */
describe('an option of redis-cache-service', () => {
  it.each([
    [{ ttl: 300_000 }, 'const LIFETIME_MS = 300_000;'],
    [{ negative: 0 }, 'negativeTtl: 0,'],
    [{ negative: 5_000 }, 'const ABSENCE_MS = 5_000;'],
    [{ near: true }, 'near: { maxBytes: NEAR_BYTES },'],
    [{ tags: 'prices' }, `tags: () => ['prices'],`],
    [{ tags: ['prices', 'price:{id}', 'prices'] }, "tags: (id) => ['prices', `price:${id}`],"],
    [{ tags: 'it\'s `"${x}\\:{id}' }, 'tags: (id) => [`it\'s \\`"\\${x}\\\\:${id}`],'],
    [{ schema: true }, 'export const cachedPriceSchema = z.object({ id: z.string() });'],
  ])('%j writes it', async (options, text) => {
    expect((await written(options)).service).toContain(text);
  });

  it.each(['Price', 'src/lib/money/price.ts', 'src/lib/money/price', `${ROOT}/src/lib/money/price.ts#Price`])(
    'entity=%s caches the type that is there',
    async (entity) => {
      tree.write(
        `${ROOT}/src/lib/money/price.ts`,
        `export interface Price { id: string; cents: number; until?: string }\ninterface Inner {}\n`,
      );
      const { service, spec } = await written({ entity });
      expect(service).toContain(`import type { Price } from './money/price';`);
      expect(service).toContain('RedisCache<Price>');
      expect(service).not.toContain('interface CachedPrice');
      expect(spec).toContain('const example = (id: string): Price => ({ id, cents: 1 });');
    },
  );

  it('entity and schema together make a schema of the type', async () => {
    tree.write(
      `${ROOT}/src/lib/price.ts`,
      `export type Price = { cents: number; currency: 'EUR' | 'USD'; until: string | null; codes?: readonly string[] };`,
    );
    expect((await written({ entity: 'Price', schema: true })).service).toContain(
      `const priceSchema = z.object({ cents: z.number(), currency: z.union([z.literal('EUR'), z.literal('USD')]), ` +
        'until: z.union([z.string(), z.null()]), codes: z.array(z.string()).optional() });',
    );
  });

  it('skipTests writes no spec', async () => {
    expect((await written({ skipTests: true })).spec).toBe('');
  });
});
