import { join } from 'node:path';
import { peerVersion, workspaceVersion } from '../lib/package-version.mjs';
import { benchmarks, workspace } from '../lib/paths.mjs';

/**
 * @typedef {object} Contender
 * @property {string} id unique
 * @property {string} title
 * @property {string} library with its version
 * @property {string} setUp in words
 * @property {string[]} groups what it takes part in: `cached`, `uncached`, `lost`
 * @property {string[]} command how its process is started
 * @property {string} cwd
 * @property {Record<string, string>} env besides the addresses of the servers
 */

const nest = `NestJS ${workspaceVersion('node_modules/@nestjs/core')} on Fastify ${workspaceVersion('node_modules/fastify')}`;
const cacheManager = `${nest}, @nestjs/cache-manager ${peerVersion('@nestjs/cache-manager')}, cache-manager ${peerVersion('cache-manager')}, @keyv/redis ${peerVersion('@keyv/redis')}`;
const peerFolder = join(benchmarks, 'api', 'peer');
const peerEnv = { NODE_ENV: 'production', TS_NODE_PROJECT: join(peerFolder, 'tsconfig.peer.json') };
const peer = {
  library: cacheManager,
  command: ['--require', '@swc-node/register', '--eval', "require('./main.cts')"],
  cwd: peerFolder,
};

/** @type {Contender[]} */
export const contenders = [
  {
    id: 'ours',
    title: 'Sluice',
    library: nest,
    setUp:
      '`node apps/api/dist/main.js` as in production: limits, log, caches and all; `THROTTLE_REQUESTS_PER_MINUTE` raised',
    groups: ['cached', 'uncached', 'lost'],
    command: [join(workspace, 'apps', 'api', 'dist', 'main.js')],
    cwd: workspace,
    env: { NODE_ENV: 'production', THROTTLE_REQUESTS_PER_MINUTE: '1000000' },
  },
  {
    ...peer,
    id: 'peer',
    title: 'Nest + @nestjs/cache-manager',
    setUp:
      '`CacheModule.registerAsync({ useFactory: () => ({ stores: [new KeyvRedis(url)] }) })`, `cache.wrap(key, load, ttl)` for sessions and answers',
    groups: ['cached', 'uncached', 'lost'],
    env: { ...peerEnv, STORES: 'Redis' },
  },
  {
    ...peer,
    id: 'peer-two',
    title: 'the same, memory before Redis',
    setUp:
      '`stores: [new Keyv({ store: new CacheableMemory({ ttl: 60_000, lruSize: 5_000 }) }), new KeyvRedis(url)]`, the example of the documentation: what another process changed, a revoked session too, is not seen until its time is over',
    groups: ['cached', 'lost'],
    env: { ...peerEnv, STORES: 'memory and Redis' },
  },
  {
    ...peer,
    id: 'peer-key',
    title: 'Nest + @nestjs/cache-manager, secret as a KeyObject',
    setUp:
      'as the first, but with `secret: createSecretKey(…)`, as Sluice has it: of a text or bytes, as in the documentation, jsonwebtoken tries with each token whether they are a public key',
    groups: ['cached'],
    env: { ...peerEnv, STORES: 'Redis', SECRET_AS: 'key' },
  },
];

/** @param {string} group */
export function contendersOf(group) {
  return contenders.filter(({ groups }) => groups.includes(group));
}

/** @param {string} id */
export function titleOf(id) {
  return contenders.find((one) => one.id === id)?.title ?? id;
}
