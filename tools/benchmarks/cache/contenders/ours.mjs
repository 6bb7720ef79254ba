import { workspaceVersion } from '../../lib/package-version.mjs';
import { missing, TTL } from '../contender.mjs';

// A cache command waits longer than by default, so that a hiccup of a busy machine is no miss.
const moduleOptions = { keyPrefix: 'ours:', cacheTimeoutMs: 5_000, commandTimeoutMs: 5_000 };
const near = { maxBytes: 64 * 1024 * 1024, ttl: 60_000 };

const library = `@sluice/data-access-redis (ioredis ${workspaceVersion('node_modules/ioredis')})`;
const docs = 'libs/data-access-redis';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'ours-near',
    title: 'Sluice, near cache',
    library,
    setUp: '`RedisModule`; `cache(name, { ttl, near: { maxBytes: 64 MiB, ttl: 60 s } })`, `getOrSet`',
    docs,
    groups: ['near', 'cold'],
    open: (url) => open(url, { ttl: TTL, near }),
  },
  {
    id: 'ours-redis',
    title: 'Sluice, Redis',
    library,
    setUp: '`RedisModule`; `cache(name, { ttl })`, `getOrSet`, `getMany`',
    docs,
    groups: ['redis', 'bulk', 'cold'],
    open: (url) => open(url, { ttl: TTL }),
  },
];

async function open(url, options) {
  await import('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { RedisModule, RedisService } = await import('@sluice/data-access-redis');
  const app = await NestFactory.createApplicationContext(RedisModule.forRoot({ url, ...moduleOptions }), {
    logger: ['warn', 'error'],
  });
  const cache = app.get(RedisService).cache('bench', options);
  return {
    set: (key, value) => cache.set(key, value),
    get: (key) => cache.getOrSet(key, missing),
    getMany: async (keys) => {
      const found = await cache.getMany(keys);
      return keys.map((key) => found.get(key));
    },
    load: (key, loader) => cache.getOrSet(key, loader),
    close: () => app.close(),
  };
}
