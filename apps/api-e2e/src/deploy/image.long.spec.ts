import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, guard, provideDatabase, provideRedis, until } from '@sluice/testing-servers';
import { call, createCharacter, register } from '../support/api-client';
import { commandOf, isIgnored, stagesOf, wordsOf } from './dockerfile';

const workspace = resolve(__dirname, '../../../..');
const read = (path: string) => readFileSync(join(workspace, path), 'utf8');
const ignored = read('deploy/Dockerfile.dockerignore');
const [build = [], image = []] = stagesOf(read('deploy/Dockerfile'));
const environment = Object.fromEntries(
  wordsOf(image, 'ENV').flatMap((words) => words.split(/\s+/).map((pair) => pair.split('='))),
) as Record<string, string>;

/** `nobody`, as whom the tests' servers run, too; somebody who is not root can only be himself. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const MIB = 1024 * 1024;

let folder: string;
const at = (path: string) =>
  path.replace(/(?<=^|\s)\/(app|src|data)\b/g, (_, name: string) => join(folder, name));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything but what is brought by `npm ci`. */
function ownFiles(): string[] {
  const app = join(folder, 'app');
  const entries = readdirSync(app, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files.map((file) => file.slice(app.length + 1)).filter((file) => !file.startsWith('node_modules/'));
}

it('nothing that may hold a secret comes into the image, and nothing that it needs stays outside', () => {
  const stays = [
    '.env',
    '.env.local',
    'apps/api/.env',
    '.git/config',
    '.data/app-secret',
    'node_modules/x',
    'libs/a/dist/b.js',
  ];
  expect(stays.filter((path) => !isIgnored(path, ignored))).toEqual([]);
  const comes = [
    'package.json',
    '.npmrc',
    'apps/api/src/main.ts',
    'tools/dev/copy-assets.mjs',
    'deploy/assemble.mjs',
  ];
  expect(comes.filter((path) => isIgnored(path, ignored))).toEqual([]);
  expect(read('deploy/Dockerfile')).not.toMatch(/^(ARG|ADD)|SECRET|PASSWORD|TOKEN|_URL/m);
});

it('whoever kills waits longer than the API takes to end', () => {
  const delays = (text: string) => Number(/SHUTDOWN_DELAY_MS\W+(?:value: )?'(\d+)'/.exec(text)?.[1]) / 1_000;
  const fly = read('deploy/fly.toml');
  const kubernetes = read('deploy/kubernetes.yml');
  const number = (text: string, name: string) =>
    Number(new RegExp(`${name}\\s*[:=]\\s*'?(\\d+)s?'?`).exec(text)?.[1]);
  // 10 s for running requests, 5 s to close Redis and PostgreSQL.
  expect(number(fly, 'kill_timeout')).toBeGreaterThanOrEqual(delays(fly) + 15);
  expect(number(kubernetes, 'terminationGracePeriodSeconds')).toBeGreaterThanOrEqual(delays(kubernetes) + 15);
  // And the delay is longer than it takes to see that it is not ready.
  const readiness = kubernetes.slice(kubernetes.indexOf('readinessProbe'));
  const seen =
    number(readiness, 'periodSeconds') * number(readiness, 'failureThreshold') +
    number(readiness, 'timeoutSeconds');
  expect(delays(kubernetes)).toBeGreaterThanOrEqual(seen);
  expect(delays(fly)).toBeGreaterThan(number(fly, 'interval') + number(fly, ' timeout'));
  expect(number(fly, 'internal_port')).toBe(Number(environment['PORT']));
});

it(
  'what its steps make is the API and nothing else, and runs as somebody who may write nowhere',
  async () => {
    // COPY . .
    const source = join(folder, 'src');
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: workspace, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
    for (const file of tracked.filter((path) => !isIgnored(path, ignored))) {
      cpSync(join(workspace, file), join(source, file), { recursive: true });
    }
    const steps = wordsOf(build, 'RUN');
    expect(steps[0]).toBe('npm ci');
    // The same packages by the same lock are here already.
    execFileSync('cp', ['-al', join(workspace, 'node_modules'), join(source, 'node_modules')]);
    for (const step of steps.slice(1)) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', at(step)], {
        cwd: source,
        encoding: 'utf8',
        timeout: 8 * 60_000,
      });
      if (status !== 0) throw new Error(`${step}: ${status}\n${stdout}${stderr}`);
    }
    rmSync(source, { recursive: true });

    const files = ownFiles();
    expect(
      files.filter((file) => /(?<!\.d)\.ts$|\.d\.ts$|spec|testing|\.env|\.tsbuildinfo$|\.map$/.test(file)),
    ).toEqual([]);
    const packages = readdirSync(join(folder, 'app/node_modules'));
    const tools = [
      'typescript',
      'nx',
      'jest',
      'eslint',
      'prettier',
      '@swc',
      '@nx',
      'js-redis-server',
      'drizzle-kit',
    ];
    expect(packages.filter((name) => tools.includes(name))).toEqual([]);
    const size =
      Number(execFileSync('du', ['-sk', join(folder, 'app')], { encoding: 'utf8' }).split('\t')[0]) * 1024;
    console.info(
      `The image holds ${files.length} files of ours and ${packages.length} folders of packages, ${Math.round(size / MIB)} MiB.`,
    );
    expect(size).toBeLessThan(200 * MIB);
    expect(files.filter((file) => (statSync(join(folder, 'app', file)).mode & 0o022) !== 0)).toEqual([]);

    mkdirSync(join(folder, 'data'));
    if (USER.uid !== undefined) chownSync(join(folder, 'data'), USER.uid, USER.gid);
    await runs();
  },
  20 * 60_000,
);

async function runs(): Promise<void> {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const port = String(await freePort());
  const env = {
    ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, at(value)])),
    PATH: process.env['PATH'],
    PORT: port,
    APP_SECRET: 'a secret of the test that is long enough',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: `e2e-image-${process.pid}-${Date.now()}`,
  };
  const where = { cwd: join(folder, 'app'), env, ...USER };
  const [program = '', ...words] = commandOf(wordsOf(image, 'CMD')[0] ?? '');
  expect(wordsOf(image, 'USER')).toEqual(['node']);
  const api = spawn(program, words, { ...where, stdio: ['ignore', 'pipe', 'pipe'] });
  const watch = guard(api.pid as number, 'SIGKILL');
  let output = '';
  for (const stream of [api.stdout, api.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const check = () => {
    const [checker = '', ...rest] = commandOf(wordsOf(image, 'HEALTHCHECK')[0] ?? '');
    return spawnSync(checker, rest, { ...where, timeout: 30_000 }).status;
  };
  try {
    const url = `http://127.0.0.1:${port}`;
    await until('it is healthy', () => api.exitCode !== null || check() === 0, 90_000);
    if (api.exitCode !== null) throw new Error(`It has ended with ${api.exitCode}:\n${output.slice(-4_000)}`);
    const { accessToken: token } = await register(url);
    await createCharacter(url, token);
    expect((await call(url, 'GET', '/health/ready')).body).toEqual({ status: 'ok' });
    expect((await call(url, 'GET', '/metrics')).status).toBe(404);
    const exited = once(api, 'exit');
    api.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(check()).toBe(1);
    // Neither does it try to write where it may not.
    expect(output).not.toMatch(/EACCES|EROFS|EPERM/);
  } finally {
    api.kill('SIGKILL');
    watch.dismiss();
    await Promise.all([redis.stop(), database.stop()]);
  }
}
