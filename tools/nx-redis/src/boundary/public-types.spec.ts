import { join } from 'node:path';
import { programOf, ROOT } from '../testing/program-of';
import { leaksOf } from './public-types';

const REDIS = join(ROOT, 'libs/data-access-redis/src');
const DATABASE = join(ROOT, 'libs/data-access-database/src');
const CLIENTS = ['ioredis', 'redis', '@redis/client', 'iovalkey'];
const DRIVERS = ['pg', 'drizzle-orm', '@types/pg'];

describe('public types', () => {
  jest.setTimeout(120_000);

  it('of what features may import hand out no client and no driver', () => {
    const redis = [join(REDIS, 'index.ts'), join(REDIS, 'schedule/index.ts')];
    const database = join(DATABASE, 'index.ts');
    const program = programOf([...redis, database]);
    expect(redis.flatMap((file) => leaksOf(program, file, CLIENTS))).toEqual([]);
    expect(leaksOf(program, database, [...CLIENTS, ...DRIVERS])).toEqual([]);
  });

  const HEAD = `import { Redis } from 'ioredis';\n`;
  const LEAKS: [title: string, code: string, path: string][] = [
    ['a re-export', `export { Redis } from 'ioredis';`, 'Redis'],
    ['a re-export by another name', `export { Redis as Client } from 'ioredis';`, 'Client'],
    ['a star', `export * from 'ioredis';`, 'Redis'],
    ['a type', `export type { RedisOptions } from 'ioredis';`, 'RedisOptions'],
    ['a type alias', `${HEAD}export type Client = Redis;`, 'Client'],
    ['a list', `${HEAD}export type Clients = readonly Redis[];`, 'Clients'],
    ['a constant', `${HEAD}export const client: Redis | undefined = undefined;`, 'client'],
    ['a result', `${HEAD}export const make = async () => new Redis();`, 'make()'],
    ['a property', `${HEAD}export class A { readonly client = new Redis(); }`, 'A.client'],
    ['a getter', `${HEAD}export class A { get client() { return new Redis(); } }`, 'A.client'],
    ['a static', `${HEAD}export class A { static client?: Redis; }`, 'A.client'],
    ['a protected member', `${HEAD}export class A { protected client?: Redis; }`, 'A.client'],
    ['a base class', `${HEAD}export class A extends Redis {}`, 'A'],
    ['an inner object', `${HEAD}export const a = { b: { client: new Redis() } };`, 'a.b.client'],
    ['a map', `${HEAD}export const a: Record<string, Redis> = {};`, 'a'],
    [
      'a callback',
      `${HEAD}export function use(work: (client: Redis) => void) { work(new Redis()); }`,
      'use(work: (client))',
    ],
    [
      'an option that is called',
      `${HEAD}export function use(_: { onReady?: (client: Redis) => void }) {}`,
      'use(_: (client))',
    ],
  ];

  it('that hand it out are found, and those that do not are not', () => {
    const texts = Object.fromEntries(LEAKS.map(([, code], index) => [join(REDIS, `leak-${index}.ts`), code]));
    const tight = join(REDIS, 'tight.ts');
    const program = programOf([], {
      ...texts,
      [tight]: `${HEAD}
export class A { #client?: Redis; private other?: Redis; constructor(client: Redis) { this.#client = client; } }
export function take(_client: Redis): void {}
export const text = 'ioredis';
export class Redis2 { readonly name = 'Redis'; }
`,
    });
    expect(leaksOf(program, tight, CLIENTS)).toEqual([]);
    const found = LEAKS.map(([title, , path], index) => {
      const leaks = leaksOf(program, join(REDIS, `leak-${index}.ts`), CLIENTS);
      return [title, leaks.some((leak) => leak.path.startsWith(path) && leak.from === 'ioredis')];
    });
    expect(found.filter(([, isFound]) => !isFound)).toEqual([]);
  });
});
