import { addProjectConfiguration, getProjects, readJson, updateJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { changesOf, saidBy } from '../../testing/trees';
import { featureGenerator } from './generator';

const ROOT = 'libs/feature-invoice';

let tree: Tree;

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  tree.write('package.json', JSON.stringify({ name: '@acme/source', workspaces: ['libs/*'] }));
  tree.write('tsconfig.json', '{\n  // all of them\n  "references": []\n}\n');
  tree.write('tsconfig.base.json', '{ "compilerOptions": { "customConditions": ["@acme/source"] } }');
  tree.write('jest.preset.cjs', '');
});

const run = (name = 'invoice', more = {}) => featureGenerator(tree, { name, skipFormat: true, ...more });

describe('feature', () => {
  it('makes a library that carries the tag, and that others can import', async () => {
    const said = await saidBy(await run());
    expect(getProjects(tree).get('feature-invoice')).toMatchObject({ root: ROOT, tags: ['scope:feature'] });
    expect(readJson(tree, `${ROOT}/package.json`)).toMatchObject({
      name: '@acme/feature-invoice',
      exports: { '.': { '@acme/source': './src/index.ts', default: './dist/index.js' } },
    });
    expect(tree.read('tsconfig.json', 'utf8')).toContain('// all of them');
    expect(readJson(tree, 'tsconfig.json').references).toEqual([{ path: './libs/feature-invoice' }]);
    expect(said).toContain('npm install');
  });

  it('changes nothing the second time, and keeps what was edited by hand', async () => {
    await run();
    tree.write(`${ROOT}/src/lib/invoice.module.ts`, '// mine\n');
    const before = changesOf(tree);
    const said = await saidBy(await run('feature-invoice'));
    expect(changesOf(tree)).toEqual(before);
    expect(said).toContain(`KEPT ${ROOT}/src/lib/invoice.module.ts`);
  });

  it('takes the versions that the workspace has', async () => {
    updateJson(tree, 'package.json', (json: object) => ({
      ...json,
      dependencies: { '@nestjs/core': '11.1.0' },
    }));
    await run();
    expect(readJson(tree, `${ROOT}/package.json`).dependencies['@nestjs/core']).toBe('11.1.0');
  });

  it.each([
    ['a bad name', '../x', /cannot name a feature/],
    ['a project that is none', 'taken', /is no feature/],
  ])('refuses %s', async (_title, name, message) => {
    addProjectConfiguration(tree, 'feature-taken', { root: 'libs/feature-taken', tags: ['scope:util'] });
    const before = changesOf(tree);
    await expect(run(name)).rejects.toThrow(message);
    expect(changesOf(tree)).toEqual(before);
  });

  it('says how to make it where libraries are no packages', async () => {
    tree.write('package.json', JSON.stringify({ name: '@acme/source' }));
    await expect(run()).rejects.toThrow(/@nx\/nest:library libs\/feature-invoice .*--tags=scope:feature/);
  });
});
