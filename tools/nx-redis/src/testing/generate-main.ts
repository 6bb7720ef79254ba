// `node … generate-main.ts <workspace> <calls.json>`: runs generators one after another, each on the disk that the one
// before left behind, as the command would, without its start of some seconds for each.
import { readFileSync } from 'node:fs';
import { flushChanges, FsTree } from 'nx/src/generators/tree';
import { featureGenerator, leaderTaskGenerator, redisCacheServiceGenerator } from '../index';

export type Call =
  | ['feature', Parameters<typeof featureGenerator>[1]]
  | ['redis-cache-service', Parameters<typeof redisCacheServiceGenerator>[1]]
  | ['leader-task', Parameters<typeof leaderTaskGenerator>[1]];

const [workspace = '', calls = ''] = process.argv.slice(2);

async function run(): Promise<void> {
  for (const [generator, options] of JSON.parse(readFileSync(calls, 'utf8')) as Call[]) {
    const tree = new FsTree(workspace, false);
    if (generator === 'feature') await featureGenerator(tree, options);
    else if (generator === 'leader-task') await leaderTaskGenerator(tree, options);
    else await redisCacheServiceGenerator(tree, options);
    flushChanges(workspace, tree.listChanges());
  }
}

void run();
