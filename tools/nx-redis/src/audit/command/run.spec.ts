import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import { FixtureRepository } from '../testing/fixture';
import { run } from './run';

const SCHEMA = join(__dirname, '../../../redis-audit.schema.json');
const DOCUMENT = 'docs/redis-usage-audit.md';

let repository: FixtureRepository;

afterEach(() => repository?.remove());

async function audit(...words: string[]): Promise<{ code: number; out: string; said: string }> {
  let out = '';
  let said = '';
  const code = await run(words, { out: (text) => void (out += text), say: (text) => void (said += text) });
  return { code, out, said };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(repository.root, file)), { recursive: true });
  writeFileSync(join(repository.root, file), text);
}

const document = () => readFileSync(join(repository.root, DOCUMENT), 'utf8');

describe('the command', () => {
  it('ends with 0 on a clean repository, and writes the same document again', async () => {
    repository = new FixtureRepository('injections');
    expect((await audit(repository.root)).code).toBe(0);
    const first = document();
    expect(first).toContain('**Plain**');
    expect(first).toContain('```mermaid');
    expect((await audit(repository.root)).code).toBe(0);
    expect(document()).toBe(first);
    expect(first).not.toContain(repository.root);
  });

  it('ends with 1 and names the place, what is wrong and what to do', async () => {
    repository = new FixtureRepository('injections');
    write('apps/api/src/rogue.ts', `import { Redis } from 'ioredis';\nexport const own = new Redis();\n`);
    const { code, said } = await audit(repository.root);
    expect(code).toBe(1);
    expect(said).toContain('apps/api/src/rogue.ts:2:20 client-outside-owner');
    expect(said).toContain('Inject the wrapper service');
    expect(document()).toContain('❌ 1 violation');
  });

  it.each([
    [
      'a client in a manifest',
      'apps/api/package.json',
      '{"dependencies":{"x":"npm:ioredis@5"}}',
      'client-package-declared',
    ],
    ['a class handed on', 'libs/redis/src/driver.ts', `export { Redis } from 'ioredis';`, 'client-handed-on'],
    ['all classes handed on', 'libs/redis/src/driver.ts', `export * from 'ioredis';`, 'client-handed-on'],
    [
      'an import handed on by its name',
      'libs/redis/src/driver.ts',
      `import { Redis } from 'ioredis';\nexport { Redis as Client };`,
      'client-handed-on',
    ],
  ])('sees %s', async (_, file, text, rule) => {
    repository = new FixtureRepository('injections');
    write(file, text);
    const { code, said } = await audit(repository.root);
    expect(code).toBe(1);
    expect(said).toContain(rule);
  });

  it('lets types be handed on', async () => {
    repository = new FixtureRepository('injections');
    write(
      'libs/redis/src/driver.ts',
      `import type { Redis } from 'ioredis';
      import { type Cluster } from 'ioredis';
      const Own = 1;
      export { Redis, Cluster, Own };
      export { type RedisOptions } from 'ioredis';
      export type { ClusterOptions } from 'ioredis';`,
    );
    expect((await audit(repository.root)).code).toBe(0);
  });

  it('--check fails without changing anything when the document is missing or old', async () => {
    repository = new FixtureRepository('injections');
    const missing = await audit(repository.root, '--check');
    expect(missing.code).toBe(1);
    expect(existsSync(join(repository.root, DOCUMENT))).toBe(false);

    await audit(repository.root);
    expect((await audit(repository.root, '--check')).code).toBe(0);
    write(
      'apps/api/src/more.ts',
      `import { Injectable } from '@nestjs/common';
      import { RedisService } from '@acme/redis';
      @Injectable() export class More { constructor(readonly redis: RedisService) {} }`,
    );
    const before = document();
    const old = await audit(repository.root, '--check');
    expect(old.code).toBe(1);
    expect(old.said).toContain('is out of date');
    expect(document()).toBe(before);
  });

  it('keeps the section of the live audit when it is not live', async () => {
    repository = new FixtureRepository('injections');
    await audit(repository.root);
    const section =
      '## Live\n\n<!-- live audit -->\n\n- [x] seen\n\n<!-- end of live audit -->\n\n## Left out';
    write(DOCUMENT, document().replace('## Left out', section));
    expect((await audit(repository.root, '--check')).code).toBe(0);
    await audit(repository.root);
    expect(document()).toContain('- [x] seen');
  });

  it.each(['injections', 'libraries', 'makes', 'traps', 'wrappers'])(
    'writes JSON by its schema: %s',
    async (fixture) => {
      repository = new FixtureRepository(fixture);
      const { out } = await audit(repository.root, '--json', '-');
      const validate = new Ajv().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
      validate(JSON.parse(out));
      expect(validate.errors).toBeNull();
      expect(out).not.toContain(repository.root);
    },
  );

  it('writes SARIF with a rule, a place and a fingerprint for each violation', async () => {
    repository = new FixtureRepository('wrappers');
    const { code, out } = await audit(repository.root, '--sarif', '-');
    expect(code).toBe(1);
    const { version, runs } = JSON.parse(out) as Sarif;
    expect(version).toBe('2.1.0');
    const [{ tool, results }] = runs;
    expect(results).toHaveLength(9);
    for (const { ruleId, ruleIndex, locations, partialFingerprints } of results) {
      expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/^src\//);
      expect(locations[0]?.physicalLocation.region.startLine).toBeGreaterThan(0);
      expect(Object.values(partialFingerprints)).toHaveLength(1);
    }
  });

  it('guesses the owner where nobody names it, and says so', async () => {
    repository = new FixtureRepository('wrappers');
    const { said } = await audit(repository.root);
    expect(said).toContain('Redis belongs to src/redis (guessed)');
    expect(document()).toContain('Clients belong to `src/redis` (guessed): of 2 folders');
    expect(document()).toContain('[ ] Nothing was guessed');
  });

  it('takes the published owner for the owner, in each application, and not who goes round it', async () => {
    repository = new FixtureRepository();
    const setUp = `import { Module } from '@nestjs/common';
      import { RedisModule } from '@sluice/data-access-redis';
      @Module({ imports: [RedisModule.forRoot()] }) export class AppModule {}`;
    write('apps/api/src/app.module.ts', setUp);
    write('apps/worker/src/app.module.ts', setUp);
    expect((await audit(repository.root)).code).toBe(0);

    const own = `import { Module } from '@nestjs/common';
      import { Redis } from 'ioredis';
      @Module({ providers: [{ provide: 'REDIS', useFactory: () => new Redis() }] }) export class Own {}`;
    write('libs/feature-cart/src/cart.module.ts', own);
    write('apps/api/src/own.module.ts', own);
    const { code, said } = await audit(repository.root);
    expect(code).toBe(1);
    expect(said.match(/^\S+\.ts(?=:)/gm)).toEqual([
      'apps/api/src/own.module.ts',
      'libs/feature-cart/src/cart.module.ts',
    ]);
  });

  it('holds everything against a package that is named as the owner, also the file that sets it up', async () => {
    repository = new FixtureRepository();
    write('redis-audit.json', JSON.stringify({ owner: ['@sluice/data-access-redis'] }));
    write('package.json', JSON.stringify({ dependencies: { '@sluice/data-access-redis': '0.1.0' } }));
    write('src/main.ts', 'export const port = 3000;');
    expect((await audit(repository.root)).code).toBe(0);
    expect(document()).toContain('`@sluice/data-access-redis` (set up in no file yet)');

    write(
      'src/app.module.ts',
      `import { Module } from '@nestjs/common';
       import { RedisModule } from '@sluice/data-access-redis';
       import { Redis } from 'ioredis';
       export { Redis } from 'ioredis';
       @Module({ imports: [RedisModule.forRoot()] }) export class AppModule { readonly own = new Redis(); }`,
    );
    write('package.json', JSON.stringify({ dependencies: { ioredis: '6.0.0' } }));
    const { code, said } = await audit(repository.root);
    expect(code).toBe(1);
    expect(document()).toContain('`@sluice/data-access-redis` (set up in `src/app.module.ts`)');
    expect(said.match(/^\S+:\d+(?=:\d+ \S+$)|(?<=^\S+ )[a-z-]+$/gm)).toEqual([
      ...['package.json:1', 'client-package-declared'],
      ...['src/app.module.ts:4', 'client-handed-on'],
      ...['src/app.module.ts:5', 'client-outside-owner'],
    ]);
  });

  it('prints no address, which may hold a password', async () => {
    repository = new FixtureRepository('makes');
    const { out, said } = await audit(repository.root, '--json', '-');
    expect(out + said + document()).not.toContain('secret');
  });

  it.each([
    [['--nonsense'], '--nonsense'],
    [['/no/such/folder'], 'is no folder'],
    [['.', '.'], 'one directory'],
    [['--json', '-', '--sarif', '-'], 'only one of'],
    [['--live', 'here'], 'needs "boot"'],
  ])('ends with 2 for %j', async (words, message) => {
    repository = new FixtureRepository('injections');
    const { code, said } = await audit(...words.map((word) => (word === 'here' ? repository.root : word)));
    expect(code).toBe(2);
    expect(said).toContain(message);
  });

  it('ends with 2 for a folder without code, rather than to say that all is well there', async () => {
    repository = new FixtureRepository();
    const { code, said } = await audit(repository.root);
    expect(code).toBe(2);
    expect(said).toContain('has no TypeScript and no JavaScript');
    expect(existsSync(join(repository.root, DOCUMENT))).toBe(false);
  });

  it('ends with 2 when the document cannot be written', async () => {
    repository = new FixtureRepository('injections');
    write('docs', 'a file, not a folder');
    const { code, said } = await audit(repository.root);
    expect(code).toBe(2);
    expect(said).toContain('cannot be written');
  });

  it('knows a folder by whatever way it is written', async () => {
    repository = new FixtureRepository('injections');
    write('tools/load/main.ts', `import { Redis } from 'ioredis';\nexport const own = new Redis();\n`);
    const exempt = { 'tools//load/': 'measures the server' };
    write('redis-audit.json', JSON.stringify({ owner: ['./libs/redis/'], exempt }));
    expect((await audit(repository.root)).code).toBe(0);
  });

  it.each([
    ['{', 'no valid JSON'],
    ['[]', 'must be an object'],
    ['{"owners":["libs"]}', '"owners" is not known'],
    ['{"owner":"libs/redis"}', '"owner" must be a list'],
    ['{"owner":["libs/redsi"]}', 'there is no folder libs/redsi'],
    ['{"owner":[".."]}', 'there is no folder .. in the repository'],
    ['{"exempt":["libs"]}', '"exempt" must have a folder for each reason'],
    ['{"boot":"node main.js"}', '"boot" must be a command'],
  ])('ends with 2 for the configuration %s', async (text, message) => {
    repository = new FixtureRepository('injections');
    write('redis-audit.json', text);
    const { code, said } = await audit(repository.root);
    expect(code).toBe(2);
    expect(said).toContain(message);
  });
});

interface Sarif {
  version: string;
  runs: [
    {
      tool: { driver: { rules: { id: string }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        partialFingerprints: Record<string, string>;
        locations: {
          physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
        }[];
      }[];
    },
  ];
}
