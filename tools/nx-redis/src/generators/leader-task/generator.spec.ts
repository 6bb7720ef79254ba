import { addProjectConfiguration } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { moduleShapes } from '../../testing/module-shapes';
import { changesOf, saidBy } from '../../testing/trees';
import { leaderTaskGenerator } from './generator';

const ROOT = 'libs/feature-shop';
const MODULE = `${ROOT}/src/lib/shop.module.ts`;
const TASK = `${ROOT}/src/lib/remove-drafts.task.ts`;
const HEAD = `import { Module } from '@nestjs/common';\n`;

let tree: Tree;

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace({ formatter: 'none' });
  addProjectConfiguration(tree, 'feature-shop', { root: ROOT, tags: ['scope:feature'] });
  tree.write(MODULE, `${HEAD}\n@Module({})\nexport class ShopModule {}\n`);
});

const run = (more = {}) =>
  leaderTaskGenerator(tree, {
    ...{ name: 'remove-drafts', project: 'feature-shop', cron: '0 3 * * *', skipFormat: true },
    ...more,
  });

describe('leader-task', () => {
  it('writes a task of that time, and provides it', async () => {
    await run({ timeZone: 'Europe/Berlin' });
    expect(tree.read(TASK, 'utf8')).toContain(
      `@LeaderCron('remove-drafts', '0 3 * * *', { timeZone: 'Europe/Berlin' })\n  async run(`,
    );
    expect(tree.read(MODULE, 'utf8')).toBe(
      `${HEAD}import { RemoveDraftsTask } from './remove-drafts.task';\n\n` +
        '@Module({ providers: [RemoveDraftsTask] })\nexport class ShopModule {}\n',
    );
  });

  it('changes nothing the second time, and keeps what was edited by hand', async () => {
    await run();
    tree.write(TASK, '// mine\n');
    const before = changesOf(tree);
    expect(await saidBy(await run({ name: 'RemoveDraftsTask' }))).toContain(`KEPT ${TASK}`);
    expect(changesOf(tree)).toEqual(before);
  });

  it('provides it once, whatever the module looks like', async () => {
    for (const { before } of moduleShapes('', '')) {
      tree.write(MODULE, before);
      await run();
      const once = tree.read(MODULE, 'utf8') ?? '';
      expect(once.match(/\bRemoveDraftsTask\b/g)).toHaveLength(2);
      await run();
      expect(tree.read(MODULE, 'utf8')).toBe(once);
    }
  });

  it.each([
    ['a time that is none', { cron: 'often' }, /--cron="often" is no schedule/],
    ['a minute that there is not', { cron: '61 * * * *' }, /is no schedule/],
    ['a day that never comes', { cron: '0 0 31 2 *' }, /is no schedule/],
    ['a time zone that there is not', { timeZone: 'Europe/Atlantis' }, /--timeZone=Europe\/Atlantis/],
    ['a bad name', { name: 'a:b' }, /cannot name a task/],
    ['a project that is missing', { project: 'shop' }, /--project=feature-shop/],
  ])('refuses %s, and leaves the tree alone', async (_title, more, message) => {
    const before = changesOf(tree);
    await expect(run(more)).rejects.toThrow(message);
    expect(changesOf(tree)).toEqual(before);
  });

  it('refuses the name of another task', async () => {
    addProjectConfiguration(tree, 'feature-other', { root: 'libs/feature-other', tags: ['scope:feature'] });
    tree.write(
      'libs/feature-other/src/lib/a.ts',
      `class A { @LeaderCron('remove-drafts', '* * * * *') run() {} }\n`,
    );
    await expect(run()).rejects.toThrow(/feature-other.* has a task named "remove-drafts" already/);
  });
});
