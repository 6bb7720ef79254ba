import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { WorkspaceCopy } from '../testing/workspace-copy';

jest.setTimeout(600_000);

const APPLICATION = `
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type RedisCache, RedisLockService, RedisModule, RedisService } from '@sluice/data-access-redis';
import { LeaderCron, LeaderScheduleModule } from '@sluice/data-access-redis/schedule';

@Injectable()
class Profiles {
  private readonly cache: RedisCache<{ id: string }>;

  constructor(redis: RedisService, private readonly locks: RedisLockService) {
    this.cache = redis.cache('profile', { ttl: 60_000 });
  }

  find(id: string) {
    return this.locks.withLock(id, { ttl: 10_000 }, () => this.cache.getOrSet(id, async () => ({ id })));
  }

  @LeaderCron('nothing', '0 3 * * *')
  async nothing(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }
}

@Module({ imports: [RedisModule.forRoot(), LeaderScheduleModule.forRoot()], providers: [Profiles] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  console.log(JSON.stringify(await app.get(Profiles).find('ada')));
  await app.close();
}
void main();
`;

/** Boots the application for the live audit; everything in it that speaks to Redis is the package's. */
const LIVE = `
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { Injectable, Module } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { RedisModule, RedisService } from '@sluice/data-access-redis';

@Injectable()
class Prices {
  constructor(private readonly redis: RedisService) {}

  read() {
    return this.redis.ping();
  }
}

@Module({ imports: [RedisModule.forRoot()], providers: [Prices] })
class AppModule {}

// Another process asks, so that the socket is not one of ours.
const ask = (...words: string[]) =>
  execFileSync(process.execPath, ['-e', \`
    const { hostname, port } = new URL(process.env.REDIS_URL);
    const socket = require('node:net').connect(Number(port), hostname);
    socket.on('data', (data) => { process.stdout.write(data); socket.end(); });
    socket.write('\${words.join(' ')}\\\\r\\\\n');
  \`], { encoding: 'utf8' });

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  channel('redis-audit:booted').publish({
    modules: app.get(ModulesContainer),
    clientList: async () => ask('CLIENT', 'LIST'),
    connections: [{ role: 'cmd', name: ':cmd:', count: 1 }],
    async work() {
      await app.get(Prices).read();
      // The owner's connection comes and goes, which is nobody's fault.
      ask('CLIENT', 'KILL', 'TYPE', 'normal');
      while (!/:cmd:/.test(ask('CLIENT', 'LIST'))) await new Promise((done) => setTimeout(done, 50));
    },
    close: () => app.close(),
  });
}
void main();
`;

/** As npm has them, in a project of somebody else, where nothing can be imported that is not declared. */
describe('the published packages', () => {
  let copy: WorkspaceCopy;
  let server: RedisProcess;
  let user: string;

  beforeAll(async () => {
    [copy, server] = await Promise.all([WorkspaceCopy.create(), startRedis()]);
    const { code, output } = await copy.run('nx', 'run-many', '-t', 'package', '--output-style=static');
    if (code !== 0) throw new Error(output);
    user = mkdtempSync(join(tmpdir(), 'package-user-'));
  });
  afterAll(async () => {
    copy?.remove();
    rmSync(user, { recursive: true, force: true });
    await server?.stop();
  });

  const packages = () => join(copy.root, '.data/packages');
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, {
      cwd: user,
      encoding: 'utf8',
      env: { ...process.env, REDIS_URL: server.url, NODE_ENV: 'production' },
    });

  it.each(['sluice-data-access-redis', 'sluice-nx-redis'])('%s holds what is needed, and no more', (name) => {
    const folder = join(packages(), name);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.d.ts']),
    );
    // Some write specs, and one entry point is for tests.
    const meant = /spec-text|of-spec|^dist\/testing($|\/index|\/contract)/;
    const extra = files.filter((file) => /spec|testing|\.map$|\.tsbuildinfo$|^src/.test(file));
    expect(extra.filter((file) => !meant.test(file) && /\.\w+$/.test(file))).toEqual([]);
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
    expect(manifest).not.toMatch(/@sluice\/source|"nx":|devDependencies|"\*"/);
  });

  it('compile under each resolution with the types of all checked, and run as CommonJS and as a module', () => {
    const tarball = join(packages(), 'sluice-data-access-redis-0.1.0.tgz');
    const nest = ['common', 'core', 'schedule'].map((name) => [
      `@nestjs/${name}`,
      name === 'schedule' ? '^6.1.3' : '^11.2.0',
    ]);
    writeFileSync(
      join(user, 'package.json'),
      JSON.stringify({
        private: true,
        dependencies: {
          ...Object.fromEntries(nest),
          ...{ cron: '4.4.0', 'prom-client': '^15.1.3', 'reflect-metadata': '^0.2.2', rxjs: '^7.8.0' },
          ...{ '@types/node': '^20.19.0', typescript: '~6.0.3' },
          '@sluice/data-access-redis': `file:${tarball}`,
        },
      }),
    );
    run(
      'npm',
      'install',
      '--install-strategy=linked',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
    );

    const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata'];
    const strict = ['--strict', '--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node'];
    const compile = (...words: string[]) => run('npx', 'tsc', ...strict, ...decorators, ...words);
    writeFileSync(join(user, 'app.ts'), APPLICATION);
    mkdirSync(join(user, 'esm'));
    writeFileSync(join(user, 'esm/package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(user, 'esm/app.ts'), APPLICATION);
    compile('--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit', 'app.ts');
    compile('--module', 'node16', '--moduleResolution', 'node16', 'app.ts', 'esm/app.ts');
    expect(run('node', 'app.js')).toBe('{"id":"ada"}\n');
    expect(run('node', 'esm/app.js')).toBe('{"id":"ada"}\n');
  });

  it('audit a running application whose owner of Redis is a package', () => {
    const folder = join(user, 'live');
    mkdirSync(folder);
    writeFileSync(join(folder, 'main.ts'), LIVE);
    writeFileSync(
      join(folder, 'redis-audit.json'),
      JSON.stringify({ owner: ['@sluice/data-access-redis'], boot: ['node', 'main.js'] }),
    );
    const settings = ['--target', 'es2023', '--skipLibCheck', '--types', 'node', '--outDir', 'live'];
    const module = ['--module', 'node16', '--moduleResolution', 'node16'];
    const decorators = ['--experimentalDecorators', '--emitDecoratorMetadata'];
    run('npx', 'tsc', ...settings, ...module, ...decorators, 'live/main.ts');
    const command = join(packages(), 'sluice-nx-redis/bin/sluice-redis-audit.mjs');
    run('node', command, 'live', '--live');
    const document = readFileSync(join(folder, 'docs/redis-usage-audit.md'), 'utf8');
    expect(document).toContain('`cmd` 1');
    expect(document).toContain('**Prices**');
    expect(document).toContain('**Status**: ✅ verified');
  });
});
