import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { auditRepository } from './audit-repository';
import { FixtureRepository } from './testing/fixture';

const CLIENT = `import { Redis } from 'ioredis';\nexport const client = new Redis();\n`;

let repository: FixtureRepository;

beforeEach(() => void (repository = new FixtureRepository()));
afterEach(() => repository.remove());

function write(file: string, text: string): void {
  mkdirSync(dirname(join(repository.root, file)), { recursive: true });
  writeFileSync(join(repository.root, file), text);
}

/** Places as `path:line`, and what was left out. */
function audit(): { places: string[]; leftOut: Record<string, string> } {
  const { places, leftOut } = auditRepository(repository.root);
  return {
    places: places.map(({ file, line }) => `${file}:${line}`),
    leftOut: Object.fromEntries(leftOut.map(({ path, reason }) => [path, reason])),
  };
}

describe('the audit goes on and says what it left out', () => {
  it('with a file that does not parse, of which it reads the rest', () => {
    write('src/broken.ts', `${CLIENT}\nexport const = {;\nclass {{{\n`);
    write('src/well.ts', CLIENT);
    const { places, leftOut } = audit();
    expect(places).toEqual(['src/broken.ts:2', 'src/well.ts:2']);
    expect(leftOut['src/broken.ts']).toContain('does not parse at line 4');
  });

  it('with a file that is no text', () => {
    writeFileSync(
      join(repository.root, 'video.ts'),
      Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)),
    );
    write('src/well.ts', CLIENT);
    const { places, leftOut } = audit();
    expect(places).toEqual(['src/well.ts:2']);
    expect(Object.keys(leftOut)).toEqual(['video.ts']);
  });

  it('with a file of 1 MB, which it reads, and one of 3 MB, which it does not', () => {
    const line = `export const filler = { text: 'one of very many lines that a generator wrote' };\n`;
    const lines = (bytes: number) => line.repeat(Math.ceil(bytes / line.length));
    write('src/large.ts', `${lines(1_048_576)}${CLIENT}`);
    write('src/huge.ts', `${lines(3 * 1_048_576)}${CLIENT}`);
    const { places, leftOut } = audit();
    expect(places).toHaveLength(1);
    expect(places[0]).toMatch(/^src\/large\.ts:/);
    expect(leftOut['src/huge.ts']).toBe('larger than 2 MB');
  });

  it('with symbolic links in a loop', () => {
    write('src/well.ts', CLIENT);
    symlinkSync(join(repository.root, 'src'), join(repository.root, 'src/again'));
    symlinkSync('nowhere', join(repository.root, 'src/gone'));
    symlinkSync('well.ts', join(repository.root, 'src/other.ts'));
    const { places, leftOut } = audit();
    expect(places).toEqual(['src/well.ts:2']);
    expect(leftOut['src/again']).toContain('symbolic link');
    expect(leftOut['src/other.ts']).toContain('symbolic link');
  });

  it('without tsconfig and package.json, in JavaScript of all kinds', () => {
    write('a.js', `const Redis = require('ioredis');\nmodule.exports = new Redis();\n`);
    write('b.mjs', `import Redis from 'ioredis';\nexport default new Redis();\n`);
    write('c.cjs', `const shared = require('./a');\nexports.copy = shared.duplicate();\n`);
    write('d.jsx', `import Redis from 'ioredis';\nexport const View = () => <p>{new Redis().status}</p>;\n`);
    expect(audit()).toEqual({ places: ['a.js:2', 'b.mjs:2', 'c.cjs:2', 'd.jsx:2'], leftOut: {} });
  });

  it('with settings and manifests that are none', () => {
    write('package.json', '{ "name": ');
    write('tsconfig.json', '{ "compilerOptions": { ]');
    write('src/well.ts', CLIENT);
    const { places, leftOut } = audit();
    expect(places).toEqual(['src/well.ts:2']);
    expect(Object.keys(leftOut).sort()).toEqual(['package.json', 'tsconfig.json']);
  });

  it('with decorators of another framework', () => {
    write(
      'src/service.ts',
      `import { inject, injectable } from 'inversify';
       import { Redis } from 'ioredis';
       @injectable()
       export class Service {
         private readonly own = new Redis();
         constructor(@inject('REDIS') private readonly redis: Redis) {}
       }`,
    );
    const { places, leftOut } = audit();
    expect(places).toEqual(['src/service.ts:5']);
    expect(leftOut['src/service.ts']).toContain('decorators of inversify');
  });

  it('with circles of imports, aliases, constants and classes', () => {
    write(
      'src/a.ts',
      `export * from './b';\nexport { x as y } from './b';\nexport class A extends B {}\nimport { B } from './b';`,
    );
    write(
      'src/b.ts',
      `export * from './a';\nexport { y as x } from './a';\nexport class B extends A {}\nimport { A } from './a';`,
    );
    write(
      'src/c.ts',
      `import { x } from './a';\nconst p = q, q = p;\nexport const z = new x(p);\ninterface I extends J {}\ninterface J extends I {}\nexport const h = (i: I) => i.redis.duplicate();\nfunction f() { return g(); }\nfunction g() { return f(); }\nf();`,
    );
    write('src/well.ts', CLIENT);
    expect(audit()).toEqual({ places: ['src/c.ts:6', 'src/well.ts:2'], leftOut: {} });
  });

  it('with an expression of 20,000 parts', () => {
    write(
      'src/deep.ts',
      `export const text = ${Array.from({ length: 20_000 }, () => "'a'").join(' + ')};\n${CLIENT}`,
    );
    expect(audit()).toEqual({ places: ['src/deep.ts:3'], leftOut: {} });
  });

  it('with nothing in it', () => {
    expect(audit()).toEqual({ places: [], leftOut: {} });
  });
});
