import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { WorkspaceCopy } from '../../testing/workspace-copy';
import type { Outcome } from '../../testing/workspace-copy';

jest.setTimeout(1_200_000);

const NX = '23.2.1';
const CLIENTS = [
  `import { Redis } from 'ioredis';\nexport const client = () => new Redis();\n`,
  `import Redis from 'ioredis';\nexport class Values {\n  readonly client = new Redis('redis://localhost');\n}\n`,
  `import type { Redis } from 'ioredis';\nexport const read = (client: Redis) => client.get('a');\n`,
  `export const client = async () => new (await import('ioredis')).Redis();\n`,
  `export { Redis } from 'ioredis';\n`,
  `export type Client = import('ioredis').Redis;\n`,
];
const INSTEAD = `import { Injectable } from '@nestjs/common';
import { RedisService } from '@sluice/data-access-redis';

@Injectable()
export class Values {
  constructor(private readonly redis: RedisService) {}

  read(): Promise<string | null> {
    return this.redis.get('cache:a');
  }
}
`;
const OLD_KIND = {
  root: true,
  parserOptions: { ecmaVersion: 'latest', sourceType: 'module' },
  plugins: ['@nx'],
  overrides: [
    {
      files: ['*.ts'],
      parser: '@typescript-eslint/parser',
      rules: {
        '@nx/enforce-module-boundaries': [
          'error',
          { allow: [], depConstraints: [{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }] },
        ],
      },
    },
  ],
};

/** A workspace as create-nx-workspace makes it, in which six features make clients of their own. */
describe('init in a workspace of somebody else', () => {
  let root: string;
  let folder: string;
  let copy: WorkspaceCopy;

  beforeAll(async () => {
    copy = await WorkspaceCopy.create();
    const packed = await copy.run('nx', 'run-many', '-t', 'package', '--output-style=static');
    if (packed.code !== 0) throw new Error(packed.output);
    folder = mkdtempSync(join(tmpdir(), 'foreign-workspace-'));
    root = folder;
    const preset = ['--preset=nest', '--appName=api', '--nxCloud=skip', '--pm=npm', '--skipGit'];
    await succeeds('npx', '-y', `create-nx-workspace@${NX}`, 'shop', ...preset, '--interactive=false');
    root = join(folder, 'shop');
    const tarballs = ['data-access-redis', 'nx-redis'].map((name) =>
      join(copy.root, `.data/packages/sluice-${name}-0.1.0.tgz`),
    );
    await succeeds(
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      'ioredis@6.0.0',
      ...tarballs,
    );
    CLIENTS.forEach((code, index) => {
      const library = `libs/feature-${index}`;
      const project = { name: `feature-${index}`, projectType: 'library', sourceRoot: `${library}/src` };
      write(`${library}/project.json`, JSON.stringify(project));
      write(
        `${library}/tsconfig.json`,
        JSON.stringify({ extends: '../../tsconfig.base.json', include: ['src'] }),
      );
      write(`${library}/src/client.ts`, code);
      write(
        `${library}/eslint.config.mjs`,
        `import all from '../../eslint.config.mjs';\n\nexport default [...all];\n`,
      );
    });
    await commit();
  });
  afterAll(() => {
    copy?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const init = () => succeeds('npx', 'nx', 'generate', '@sluice/nx-redis:init', '--no-interactive');
  const lint = () => run('npx', 'nx', 'run-many', '-t', 'lint', '--output-style=static', '--skipNxCache');
  const places = (output: string) =>
    [...new Set(output.match(/libs\/feature-\d\/src\/client\.ts(?=\n)/g))].sort();
  const six = CLIENTS.map((_code, index) => `libs/feature-${index}/src/client.ts`);

  function run(program: string, ...words: string[]): Promise<Outcome> {
    const env: NodeJS.ProcessEnv = {
      NX_DAEMON: 'false',
      NX_NO_CLOUD: 'true',
      FORCE_COLOR: '0',
      NO_COLOR: '1',
    };
    for (const [name, value] of Object.entries(process.env)) {
      if (!/^(NX_|JEST_|npm_|NODE_ENV|FORCE_COLOR|INIT_CWD)/.test(name)) env[name] = value;
    }
    return new Promise((done) => {
      execFile(program, words, { cwd: root, env, timeout: 500_000, maxBuffer: 1e8 }, (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        done({ code, output: out + err });
      });
    });
  }

  async function succeeds(program: string, ...words: string[]): Promise<string> {
    const { code, output } = await run(program, ...words);
    if (code !== 0) throw new Error(`${program} ${words.join(' ')} answered ${code}:\n${output}`);
    return output;
  }

  async function commit(): Promise<void> {
    await succeeds('git', 'init', '--quiet');
    await succeeds('git', 'add', '--all');
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
    await succeeds('git', ...author, 'commit', '--quiet', '--no-verify', '--allow-empty', '-m', 'state');
  }

  it('passes before, names exactly the six places after, and changes nothing the second time', async () => {
    expect(await lint()).toMatchObject({ code: 0 });
    const said = await init();
    for (const place of six.slice(0, 5)) expect(said).toContain(`TODO ${place} imports ioredis`);
    await commit();

    const { code, output } = await lint();
    expect(code).toBe(1);
    expect(places(output)).toEqual(six);
    expect(output.match(/ error /g)).toHaveLength(six.length);

    await init();
    expect(await succeeds('git', 'status', '--porcelain')).toBe('');
  });

  it('does so in a workspace with .eslintrc.json', async () => {
    const flat = six.map((place) => place.replace('src/client.ts', 'eslint.config.mjs'));
    const all = [
      ...flat,
      'eslint.config.mjs',
      'apps/api/eslint.config.mjs',
      'apps/api-e2e/eslint.config.mjs',
    ];
    for (const path of all) rmSync(join(root, path));
    write('.eslintrc.json', `${JSON.stringify(OLD_KIND, null, 2)}\n`);
    try {
      await init();
      const { output } = await lint();
      expect(places(output)).toEqual(six);
      expect(output.match(/ error /g)).toHaveLength(six.length);
    } finally {
      await succeeds('git', 'checkout', '--', '.');
      rmSync(join(root, '.eslintrc.json'));
    }
  });

  it('is green when what it lists is done', async () => {
    for (const place of six) write(place, INSTEAD);
    const app = readdirSync(join(root, 'apps/api/src/app')).find((name) => name === 'app.module.ts');
    const path = `apps/api/src/app/${app}`;
    const text = read(path).replace('imports: []', 'imports: [RedisModule.forRoot()]');
    expect(text).toContain('RedisModule');
    write(path, `import { RedisModule } from '@sluice/data-access-redis';\n${text}`);
    await succeeds('npm', 'uninstall', 'ioredis', '--no-audit', '--no-fund');
    expect(await lint()).toMatchObject({ code: 0 });
    await succeeds('npx', 'sluice-redis-audit');
    expect(await init()).not.toContain('TODO');
  });

  it('lets the other generators work there', async () => {
    write(
      'libs/feature-0/src/lib/feature-0.module.ts',
      `import { Module } from '@nestjs/common';\n\n@Module({})\nexport class Feature0Module {}\n`,
    );
    write('libs/feature-0/src/index.ts', `export { Feature0Module } from './lib/feature-0.module';\n`);
    const words = ['price', '--project=feature-0', '--schema', '--near', '--no-interactive'];
    await succeeds('npx', 'nx', 'generate', 'redis-cache-service', ...words);
    expect(read('libs/feature-0/src/lib/feature-0.module.ts')).toContain('providers: [PriceCacheService]');
    await succeeds('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');
    await succeeds('npx', 'tsc', '-p', 'libs/feature-0/tsconfig.json', '--noEmit', '--types', 'node,jest');
    expect(await lint()).toMatchObject({ code: 0 });
  });
});
