import { addProjectConfiguration, getProjects, readJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import * as ts from 'typescript';
import { changesOf, saidBy } from '../../testing/trees';
import { initGenerator } from './generator';

const RULE = `'@nx/enforce-module-boundaries': ['error', { depConstraints: [{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }] }]`;
const BLOCK = `{ files: ['**/*.ts'], rules: { ${RULE} } }`;

let tree: Tree;

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  tree.write('package.json', JSON.stringify({ name: '@acme/source', dependencies: { ioredis: '6.0.0' } }));
  tree.write('package-lock.json', '{}');
  tree.write('eslint.config.mjs', `export default [${BLOCK}];\n`);
});

const run = () => initGenerator(tree, { skipFormat: true });
const said = async () => saidBy(await run());

/** The configuration as it stands in the file, without what it imports. */
function policyIn(path: string): { bans: string; syntax: string } {
  const text = tree.read(path, 'utf8') ?? '';
  const { diagnostics = [] } = path.endsWith('.json')
    ? { diagnostics: ts.parseConfigFileTextToJson(path, text).error ? [1] : [] }
    : ts.transpileModule(text, { reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
  return {
    bans: /"bannedExternalImports":\s*\[\s*"[^"]*redis/.exec(text)?.[0] ?? '',
    syntax: /['"]?no-restricted-syntax['"]?:\s*\[\s*['"]error['"]/.exec(text)?.[0] ?? '',
  };
}

describe('init', () => {
  it.each([
    ['a list', 'eslint.config.mjs', `export default [${BLOCK}];`],
    ['CommonJS', 'eslint.config.js', `module.exports = [\n  ${BLOCK},\n];`],
    ['defineConfig', 'eslint.config.mjs', `export default defineConfig([${BLOCK}]);`],
    [
      'the old kind',
      '.eslintrc.json',
      `{\n  // ours\n  "overrides": [{ "files": ["*.ts"], "rules": { "@nx/enforce-module-boundaries": ["error", { "depConstraints": [] }] } }]\n}`,
    ],
  ])('adds what is banned to a configuration of %s, and keeps the rest', async (_title, path, text) => {
    tree.delete('eslint.config.mjs');
    tree.write(path, text);
    await run();
    expect(policyIn(path)).toEqual({ bans: expect.stringMatching('.'), syntax: expect.stringMatching('.') });
    if (text.includes('ours')) expect(tree.read(path, 'utf8')).toContain('// ours');
    else expect(tree.read(path, 'utf8')).toContain(`onlyDependOnLibsWithTags: ['*']`);
  });

  it('takes the old kind when the new one reads it', async () => {
    tree.write('eslint.config.mjs', `const rules = read('.eslintrc.json');\nexport default compat(rules);\n`);
    tree.write(
      '.eslintrc.json',
      '{ "overrides": [], "rules": { "x": ["error", { "depConstraints": [] }] } }',
    );
    await run();
    expect(policyIn('.eslintrc.json').bans).not.toBe('');
  });

  it.each([
    ['no configuration', undefined, /no ESLint configuration/],
    ['no boundary rule', 'export default [];', /no list depConstraints/],
    ['an export that is no list', `const all = [${BLOCK}];\nexport default all;`, /by hand: .*TSImportType/],
    [
      'a rule for syntax that is off',
      `export default [${BLOCK}, { rules: { 'no-restricted-syntax': 'off' } }];`,
      /by hand: .*TSImportType/,
    ],
  ])('lists what is to do with %s', async (_title, text, message) => {
    tree.delete('eslint.config.mjs');
    if (text) tree.write('eslint.config.mjs', text);
    expect(await said()).toMatch(message);
  });

  it.each([
    [
      'of some files',
      'eslint.config.mjs',
      `export default [${BLOCK}, { files: ['*.spec.ts'], rules: { 'no-restricted-syntax': ['warn', 'WithStatement'] } }];`,
      2,
    ],
    [
      'of all files',
      'eslint.config.mjs',
      `export default [${BLOCK}, { rules: { 'no-restricted-syntax': ['error', 'WithStatement'] } }];`,
      1,
    ],
    [
      'of all files, the old kind',
      '.eslintrc.json',
      `{ "rules": { "x": ["error", { "depConstraints": [] }], "no-restricted-syntax": ["error", "WithStatement"] }, "overrides": [] }`,
      1,
    ],
    [
      'of some files, the old kind',
      '.eslintrc.json',
      `{ "rules": { "x": ["error", { "depConstraints": [] }] }, "overrides": [{ "files": ["*.spec.ts"], "rules": { "no-restricted-syntax": ["error", "WithStatement"] } }] }`,
      2,
    ],
  ])('joins a rule for syntax %s that is there (%s)', async (_title, path, text, settings) => {
    tree.delete('eslint.config.mjs');
    tree.write(path, text);
    expect(await said()).not.toContain('no-restricted-syntax');
    const after = tree.read(path, 'utf8') ?? '';
    expect(policyIn(path).bans).not.toBe('');
    expect(after.match(/TSImportType Literal/g)).toHaveLength(settings);
    expect(after.match(/WithStatement/g)).toHaveLength(1);
    // A later setting replaces an earlier one, so theirs, which now has ours as well, comes last.
    expect(after.lastIndexOf('no-restricted-syntax')).toBeLessThan(after.indexOf('WithStatement'));
    expect(after.indexOf('WithStatement')).toBeLessThan(after.lastIndexOf('TSImportType Literal'));
    await run();
    expect(tree.read(path, 'utf8')).toBe(after);
  });

  it('names the owner to the audit, and keeps what somebody else has named', async () => {
    await run();
    expect(readJson(tree, 'redis-audit.json')).toEqual({ owner: ['@sluice/data-access-redis'] });
    tree.write('redis-audit.json', '{ "owner": ["libs/redis"] }');
    expect(await said()).toContain('KEPT redis-audit.json');
    expect(readJson(tree, 'redis-audit.json')).toEqual({ owner: ['libs/redis'] });
  });

  it('tags projects whose name or kind tells their scope, and lists the others', async () => {
    const projects: Record<string, { root: string; projectType?: 'application'; tags?: string[] }> = {
      api: { root: 'apps/api', projectType: 'application' },
      'feature-cart': { root: 'libs/feature-cart' },
      'cart-data-access': { root: 'libs/cart/data-access' },
      'util-money': { root: 'libs/util-money', tags: ['type:util'] },
      'feature-tagged': { root: 'libs/feature-tagged', tags: ['scope:shop'] },
      billing: { root: 'libs/billing' },
    };
    for (const [name, { tags = [], ...more }] of Object.entries(projects)) {
      addProjectConfiguration(tree, name, { ...more, tags });
    }
    const text = await said();
    const tags = Object.fromEntries([...getProjects(tree)].map(([name, project]) => [name, project.tags]));
    expect(tags).toEqual({
      api: ['scope:app'],
      'feature-cart': ['scope:feature'],
      'cart-data-access': ['scope:data-access'],
      'util-money': ['type:util', 'scope:util'],
      'feature-tagged': ['scope:shop'],
      billing: [],
    });
    expect(text).toContain('TODO billing has no scope');
    expect(text).not.toContain('TODO api');
  });

  it('adds the packages, and lists who makes clients of their own', async () => {
    tree.write('libs/a/src/a.ts', `import type { Redis } from 'ioredis';\n// from 'redis'\n`);
    tree.write('libs/a/src/b.ts', `export const q = () => import('bullmq');\n`);
    tree.write('libs/a/src/c.ts', `export const name = 'ioredis';\nexport { x } from './redis';\n`);
    const text = await said();
    expect(readJson(tree, 'package.json')).toMatchObject({
      dependencies: { ioredis: '6.0.0', '@sluice/data-access-redis': '^0.1.0' },
      devDependencies: { '@sluice/nx-redis': '^0.1.0' },
    });
    expect(text).toContain('TODO libs/a/src/a.ts imports ioredis:');
    expect(text).toContain('TODO libs/a/src/b.ts imports bullmq:');
    expect(text).not.toContain('libs/a/src/c.ts');
    expect(text).toContain('TODO package.json has ioredis');
    expect(text).toContain('TODO Import RedisModule.forRoot()');
  });

  it.each([
    ['a workflow of its own on GitHub', undefined, /^(?!.*Your CI|.*gitlab)/s, true],
    [
      'nothing where the audit is run',
      ['.github/workflows/ci.yml', '- run: npx sluice-redis-audit'],
      /^/,
      false,
    ],
    ['a line for another system', ['.gitlab-ci.yml', ''], /TODO \.gitlab-ci\.yml should run/, false],
  ] as const)('brings CI %s', async (_title, file, message, isWritten) => {
    if (file) tree.write(file[0], file[1]);
    expect(await said()).toMatch(message);
    expect(tree.exists('.github/workflows/redis-boundary.yml')).toBe(isWritten);
  });

  it('changes nothing the second time', async () => {
    addProjectConfiguration(tree, 'feature-cart', { root: 'libs/feature-cart' });
    await run();
    const before = changesOf(tree);
    await run();
    expect(changesOf(tree)).toEqual(before);
  });
});
