import { redisOfSpec } from '../../library/redis-of-spec';
import { quoted, template } from '../../library/write-text';
import type { CacheService } from '../options';
import { exampleOf } from './write-shape';

/** What is remembered shorter may be over before a busy machine looks a second time. */
const LONG_ENOUGH_MS = 10_000;

/** The source of its spec, on a real Redis. */
export function specText(service: CacheService): string {
  const { className, fileName, hasServers, tags, type } = service;
  const redis = redisOfSpec(hasServers);
  const typeFrom = type.importedFrom ?? `./${fileName}`;
  const tests = [
    storing(service),
    invalidating(),
    ...tags.map(tagged),
    absence(service),
    near(service),
    schema(service),
  ];
  const body = tests.filter(Boolean).join('\n');
  const asks = /\bredis\./.test(body);
  return `import { randomUUID } from 'node:crypto';
import { Test, type TestingModule } from '@nestjs/testing';
import { RedisModule${asks ? ', RedisService' : ''} } from '@sluice/data-access-redis';
${redis.imports}${
    typeFrom === `./${fileName}`
      ? `import { type ${type.name}, ${className} } from './${fileName}';\n`
      : `import type { ${type.name} } from '${typeFrom}';\nimport { ${className} } from './${fileName}';\n`
  }
${exampleText(service)}
describe('${className} on a real Redis', () => {
${redis.declaration}  let app: TestingModule;
${asks ? '  let redis: RedisService;\n' : ''}  let service: ${className};

  beforeAll(async () => {
${redis.start}    app = await Test.createTestingModule({
      imports: [RedisModule.forRoot({ url: ${redis.url}, keyPrefix: \`test-\${randomUUID()}:\` })],
      providers: [${className}],
    }).compile();
    await app.init();
${asks ? '    redis = app.get(RedisService);\n' : ''}    service = app.get(${className});
  });

  afterAll(async () => {
    await app?.close();
${redis.stop}  });

${body}});
`;
}

function exampleText({ type }: CacheService): string {
  const example = exampleOf(type.shape);
  if (example === undefined) {
    return `/** What one looks like is not known here: put in what your tests need. */
const example = (id: string) => ({ id }) as unknown as ${type.name};
`;
  }
  const parameter = /\bid\b(?!:)/.test(example) ? 'id: string' : '_id: string';
  const value = example.startsWith('{') ? `(${example})` : example;
  return `const example = (${parameter}): ${type.name} => ${value};\n`;
}

function storing({ cacheName, ttl }: CacheService): string {
  if (ttl < LONG_ENOUGH_MS) {
    return `  it('loads once for all who ask at the same moment', async () => {
    const id = randomUUID();
    const load = jest.fn(async () => example(id));

    const answers = await Promise.all([service.getOrLoad(id, load), service.getOrLoad(id, load)]);

    expect(answers).toEqual([example(id), example(id)]);
    expect(load).toHaveBeenCalledTimes(1);
  });
`;
  }
  return `  it('loads once, then answers from Redis, under its own keys', async () => {
    const id = randomUUID();
    const load = jest.fn(async () => example(id));

    expect(await service.getOrLoad(id, load)).toEqual(example(id));
    expect(await service.getOrLoad(id, load)).toEqual(example(id));

    expect(load).toHaveBeenCalledTimes(1);
    expect(await redis.timeToLive(\`cache:${cacheName}:\${id}\`)).toBeGreaterThan(0);
  });
`;
}

function invalidating(): string {
  return `  it('loads again after an invalidation', async () => {
    const id = randomUUID();
    const load = jest.fn(async () => example(id));

    await service.getOrLoad(id, load);
    await service.invalidate(id);
    await service.getOrLoad(id, load);

    expect(load).toHaveBeenCalledTimes(2);
  });
`;
}

function tagged(tag: string): string {
  const written = tag.includes('{id}') ? template(tag) : quoted(tag);
  return `  it(${quoted(`loads again after an invalidation of the tag ${tag}`)}, async () => {
    const id = randomUUID();
    const load = jest.fn(async () => example(id));

    await service.getOrLoad(id, load);
    await redis.invalidateTags([${written}]);
    await service.getOrLoad(id, load);

    expect(load).toHaveBeenCalledTimes(2);
  });
`;
}

function absence({ negative = LONG_ENOUGH_MS }: CacheService): string | undefined {
  if (negative > 0 && negative < LONG_ENOUGH_MS) return undefined;
  return `  it('${negative === 0 ? 'does not remember' : 'remembers'} an absence', async () => {
    const id = randomUUID();
    const load = jest.fn(async () => null);

    expect(await service.getOrLoad(id, load)).toBeNull();
    expect(await service.getOrLoad(id, load)).toBeNull();

    expect(load).toHaveBeenCalledTimes(${negative === 0 ? 2 : 1});
  });
`;
}

function near(service: CacheService): string | undefined {
  if (!service.near || service.type.shape.kind !== 'object') return undefined;
  return `  it('hands out one value to all, which nobody can change', async () => {
    const id = randomUUID();
    const value = await service.getOrLoad(id, async () => example(id));
    expect(Object.isFrozen(value)).toBe(true);
  });
`;
}

function schema({ schemaName, type }: CacheService): string | undefined {
  if (!schemaName) return undefined;
  return `  it('refuses a value that is none', async () => {
    const wrong = [['no', 'such', 'thing']] as unknown as ${type.name};
    await expect(service.getOrLoad(randomUUID(), async () => wrong)).rejects.toThrow(/schema/);
  });
`;
}
