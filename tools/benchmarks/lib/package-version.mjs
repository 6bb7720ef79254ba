import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarks, workspace } from './paths.mjs';

/** @param {string} name folder of an installed peer, e.g. `bentocache` or `redis/node_modules/@redis/client` */
export function peerVersion(name) {
  return versionIn(join(benchmarks, 'node_modules', name));
}

/** @param {string} folder in the workspace, e.g. `libs/data-access-redis` or `node_modules/ioredis` */
export function workspaceVersion(folder) {
  return versionIn(join(workspace, folder));
}

function versionIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}
