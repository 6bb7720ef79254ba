import { peerVersion } from '../../lib/package-version.mjs';
import { TTL } from '../contender.mjs';

const library = `ioredis ${peerVersion('ioredis-6')}`;
// "Autopipelining": turned on by `enableAutoPipelining`, said to raise throughput by 35 to 50 %.
const docs = 'https://github.com/redis/ioredis/blob/main/README.md';

const parsed = (client) => ({
  get: async (key) => JSON.parse(await client.get(key)),
  getMany: async (keys) => (await client.mget(keys)).map((text) => JSON.parse(text)),
});
const bare = (client) => ({
  get: (key) => client.get(key),
  getMany: (keys) => client.mget(keys),
});

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'ioredis-parse',
    title: 'ioredis, awaited + JSON.parse',
    library,
    setUp: '`new Redis(url)`; `JSON.parse(await client.get(key))`, the same over `mget`',
    docs,
    groups: ['redis', 'bulk'],
    open: (url) => open(url, {}, parsed),
  },
  {
    id: 'ioredis-bare',
    title: 'ioredis, awaited, text',
    library,
    setUp: '`new Redis(url)`; `client.get(key)`, `client.mget(keys)`',
    docs,
    groups: ['redis', 'bulk'],
    bare: true,
    open: (url) => open(url, {}, bare),
  },
  {
    id: 'ioredis-pipelined-parse',
    title: 'ioredis, auto-pipelined + JSON.parse',
    library,
    setUp: '`enableAutoPipelining: true`; `JSON.parse(await client.get(key))`',
    docs,
    groups: ['redis'],
    open: (url) => open(url, { enableAutoPipelining: true }, parsed),
  },
  {
    id: 'ioredis-pipelined-bare',
    title: 'ioredis, auto-pipelined, text',
    library,
    setUp: '`enableAutoPipelining: true`; `client.get(key)`',
    docs,
    groups: ['redis'],
    bare: true,
    open: (url) => open(url, { enableAutoPipelining: true }, bare),
  },
];

async function open(url, options, reads) {
  const { Redis } = await import('ioredis-6');
  const client = new Redis(url, options);
  await client.ping();
  return {
    set: (key, value) => client.set(key, JSON.stringify(value), 'PX', TTL),
    ...reads(client),
    close: () => client.quit(),
  };
}
