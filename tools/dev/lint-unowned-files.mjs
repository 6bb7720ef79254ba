// The lint target of the workspace's root: every file that no other project owns, wherever it lies.
import { spawnSync } from 'node:child_process';
import { readCachedProjectGraph } from '@nx/devkit';

const roots = Object.values(readCachedProjectGraph().nodes).map((node) => node.data.root);
const owned = roots.filter((root) => root !== '.').flatMap((root) => ['--ignore-pattern', `${root}/**`]);
const { status } = spawnSync('eslint', ['.', ...owned, ...process.argv.slice(2)], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
