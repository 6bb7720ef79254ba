import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { call } from './support/api-client';
import { asRequest, matches, readmeWalk } from './support/readme-walk';
import { serveApi } from './support/served-api';

it('the walk of the README, with the answers it shows', async () => {
  const [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const prefix = `readme-${process.pid}-${Date.now()}:`;
  const api = await serveApi({
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: prefix,
    NODE_ENV: 'development',
  });
  try {
    const variables = new Map<string, string>();
    let previous: Record<string, unknown> = {};
    const steps = readmeWalk();
    expect(steps.length).toBeGreaterThan(6);
    for (const step of steps) {
      if (step.kind === 'variable') {
        variables.set(step.name, String(previous[step.field]));
        continue;
      }
      const { path, method, headers, body } = asRequest(step.words, variables);
      const answer = await call(api.url, method, path, { headers, ...(body !== undefined && { body }) });
      const json = step.answer.find((line) => line.startsWith('{')) ?? 'null';
      if (!matches(JSON.parse(json), answer.body)) {
        throw new Error(
          `the README shows\n${json}\nfor ${step.words.join(' ')}, but the answer is\n${JSON.stringify(answer.body)}`,
        );
      }
      for (const line of step.answer.filter((text) => !text.startsWith('{'))) {
        const [name = '', value] = line.split(/: (.*)/s);
        expect(answer.headers.get(name)).toBe(value);
      }
      previous = answer.body;
    }
    const key = `${prefix}cache:character:${variables.get('ID')}`;
    expect(await redis.cli('EXISTS', key)).toBe('1');
  } finally {
    await api.stop();
    await Promise.all([redis.stop(), database.stop()]);
  }
});

const ROOT = resolve(__dirname, '../../..');
const ENVIRONMENTS = [
  'apps/api/src/lib/environment.ts',
  'libs/data-access-database/src/lib/config/database-environment.ts',
  'libs/data-access-redis/src/lib/config/redis-environment.ts',
  'libs/feature-image/src/lib/comfyui/config/comfyui-environment.ts',
  'libs/feature-image/src/lib/image.options.ts',
  'libs/feature-image/src/lib/storage/image-storage.options.ts',
];
// Node's own, explained where it matters; and what looks like a variable and is an error's code or a token.
const ALIEN = ['NODE_ENV', 'IMAGE_CONFIG'];

it('every variable that is read stands in the table of the README, and no other', () => {
  const read = ENVIRONMENTS.flatMap((file) => {
    const source = readFileSync(resolve(ROOT, file), 'utf8');
    return [
      ...source.matchAll(
        /'([A-Z]+(?:_[A-Z]+)+)'|^ {2}([A-Z]+(?:_[A-Z]+)*): (?:z|portSchema|wholeNumber)\b/gm,
      ),
    ].map(([, quoted, key]) => quoted ?? key);
  });
  const rows = readFileSync(resolve(ROOT, 'README.md'), 'utf8').match(/^\| `[A-Z].*$/gm) ?? [];
  const shown = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)]);
  const foreign = new Set(ALIEN);
  expect(shown.map(([, name]) => name).sort()).toEqual(
    [...new Set(read)].filter((name) => !foreign.has(name ?? '')).sort(),
  );
});

it('the picture of who imports whom shows every app and library in its scope, and no other', () => {
  const projects = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(resolve(ROOT, folder)).map((name) => {
      const { nx } = JSON.parse(readFileSync(resolve(ROOT, folder, name, 'package.json'), 'utf8')) as {
        nx: { tags: string[] };
      };
      const scope = nx.tags.find((tag) => tag.startsWith('scope:'));
      return `${scope} ${folder === 'apps' ? `apps/${name}` : name.replace('feature-', '')}`;
    }),
  );
  const boxes = readFileSync(resolve(ROOT, 'README.md'), 'utf8').matchAll(
    /"(scope:\w+(?:-\w+)?) — ([^"]+)"/g,
  );
  const shown = [...boxes].flatMap(([, scope, names = '']) =>
    names.split(', ').map((name) => `${scope} ${name}`),
  );
  expect(shown.sort()).toEqual(projects.sort());
});
