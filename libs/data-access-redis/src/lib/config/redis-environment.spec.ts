import { createPrivateKey } from 'node:crypto';
import { inspect } from 'node:util';
import { createAuthority } from '@sluice/testing-servers';
import { RedisConfigError } from '../connection/redis.errors';
import { readRedisEnvironment } from './redis-environment';
import { nodeConfig, resolveRedisConfig, sentinelNodeConfig } from './redis.config';

const SECRET = 'hunter2-s3cret';
const authority = createAuthority();
const PEM = authority.certificate.trim();

const TLS = { REDIS_TLS: 'true' };
const own = authority.issue({ names: ['api'] });
const expired = authority.issue({ validUntil: new Date(Date.now() - 1_000) });
const encrypted = String(
  createPrivateKey(own.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-128-cbc',
    passphrase: SECRET,
  }),
);

const SENTINEL = { REDIS_SENTINELS: 'a:26379', REDIS_SENTINEL_NAME: 'main' };

type Env = Record<string, string>;

function problemsOf(env: Env): string[] {
  try {
    readRedisEnvironment(env);
  } catch (error) {
    if (error instanceof RedisConfigError) {
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
      return [...error.problems];
    }
    throw error;
  }
  return [];
}

describe('configuration from the environment', () => {
  it.each<[string, Env, object]>([
    [
      'nothing: a local server',
      {},
      { host: '127.0.0.1', port: 6379, db: 0, protocol: 3, keyPrefix: 'sluice:' },
    ],
    ['an empty REDIS_URL is not set', { REDIS_URL: ' ' }, { host: '127.0.0.1' }],
    ['a url', { REDIS_URL: 'redis://h:1234/3' }, { host: 'h', port: 1234, db: 3 }],
    ['a scheme in capitals keeps TLS', { REDIS_URL: 'REDISS://h' }, { host: 'h', tls: { servername: 'h' } }],
    [
      'Upstash, pasted: TLS with SNI',
      { REDIS_URL: 'rediss://default:pw@eu1-x.upstash.io:6379' },
      {
        username: 'default',
        password: 'pw',
        tls: { servername: 'eu1-x.upstash.io', rejectUnauthorized: true },
        warnings: [],
      },
    ],
    [
      'Fly, pasted: no port, both address families',
      { REDIS_URL: 'redis://default:pw@fly-x.upstash.io' },
      { host: 'fly-x.upstash.io', port: 6379, family: 0, warnings: [] },
    ],
    ['an IPv6 address', { REDIS_URL: 'rediss://[fdaa::3]:6380' }, { host: 'fdaa::3', port: 6380 }],
    ['a password with # and %', { REDIS_URL: 'redis://:a%23b%25c%2F@h' }, { password: 'a#b%c/' }],
    ['the same in REDIS_PASSWORD', { REDIS_PASSWORD: 'a#b%c/+ ' }, { password: 'a#b%c/+ ' }],
    ['a family in the query', { REDIS_URL: 'redis://h?family=6' }, { family: 6 }],
    [
      'parts',
      { REDIS_HOST: 'h', REDIS_PORT: '7', REDIS_DB: '2', REDIS_TLS: 'true' },
      { host: 'h', port: 7, db: 2, tls: { servername: 'h' } },
    ],
    [
      'a CA in one line',
      { REDIS_TLS: 'true', REDIS_TLS_CA: PEM.replace(/\n/g, '\\n') },
      { tls: { ca: PEM } },
    ],
    [
      'a CA in base64',
      { REDIS_TLS: 'true', REDIS_TLS_CA: Buffer.from(PEM).toString('base64') },
      { tls: { ca: PEM } },
    ],
    [
      'a certificate of the client and its key, one in a line',
      { ...TLS, REDIS_TLS_CERT: own.certificate, REDIS_TLS_KEY: own.key.replace(/\n/g, '\\n') },
      { tls: { cert: own.certificate.trim(), key: own.key }, warnings: [] },
    ],
    [
      'a certificate of the client that has expired: it may be renewed, so it is a warning',
      { ...TLS, REDIS_TLS_CERT: expired.certificate, REDIS_TLS_KEY: expired.key },
      { warnings: [expect.stringMatching(/^REDIS_TLS_CERT has expired/)] },
    ],
    [
      'a name for an address behind a tunnel',
      { REDIS_URL: 'rediss://127.0.0.1', REDIS_TLS_SERVERNAME: 'real' },
      { tls: { servername: 'real' } },
    ],
    [
      'nodes of a cluster',
      {
        REDIS_CLUSTER_NODES: ' 10.0.0.1:7000, redis-2:7001,[fd00::3]:7002,',
        REDIS_USERNAME: 'app',
        REDIS_PASSWORD: 'pw',
      },
      {
        host: '10.0.0.1',
        port: 7000,
        username: 'app',
        password: 'pw',
        cluster: {
          nodes: [
            { host: '10.0.0.1', port: 7000 },
            { host: 'redis-2', port: 7001 },
            { host: 'fd00::3', port: 7002 },
          ],
        },
      },
    ],
    [
      'user, password and TLS of a cluster from a url, whose host is a node more',
      { REDIS_CLUSTER_NODES: 'a:1', REDIS_URL: 'rediss://app:pw@entry' },
      {
        username: 'app',
        password: 'pw',
        tls: { rejectUnauthorized: true },
        cluster: {
          nodes: [
            { host: 'a', port: 1 },
            { host: 'entry', port: 6379 },
          ],
        },
      },
    ],
    [
      'nodes of a cluster beside the REDIS_PORT of Kubernetes',
      { REDIS_CLUSTER_NODES: 'a:1', REDIS_PORT: 'tcp://10.0.0.11:6379' },
      { host: 'a', port: 1 },
    ],
    ['production with a cluster', { NODE_ENV: 'production', REDIS_CLUSTER_NODES: 'a:1' }, { host: 'a' }],
    [
      'sentinels, whose user and password are not those of the server',
      {
        ...{ REDIS_SENTINELS: '10.0.0.1:26379, [fd00::3]:26379', REDIS_SENTINEL_NAME: 'the-main' },
        ...{ REDIS_SENTINEL_USERNAME: 'watcher', REDIS_SENTINEL_PASSWORD: 'two words' },
        ...{ REDIS_USERNAME: 'app', REDIS_PASSWORD: 'pw', REDIS_DB: '3', REDIS_PORT: 'tcp://10.0.0.11:6379' },
      },
      {
        ...{ host: '10.0.0.1', port: 26379, username: 'app', password: 'pw', db: 3 },
        sentinel: {
          nodes: [
            { host: '10.0.0.1', port: 26379 },
            { host: 'fd00::3', port: 26379 },
          ],
          ...{ name: 'the-main', username: 'watcher', password: 'two words', tls: false },
        },
      },
    ],
    ['production with sentinels', { NODE_ENV: 'production', ...SENTINEL }, { host: 'a' }],
    ['near caches switched off', { REDIS_NEAR_CACHE: 'false' }, { nearCache: false }],
    ['a prefix without its colon', { REDIS_KEY_PREFIX: 'shop' }, { keyPrefix: 'shop:' }],
    [
      'REDIS_PORT from Kubernetes beside a url is nobody’s wish',
      { REDIS_URL: 'redis://h', REDIS_PORT: 'tcp://10.0.0.11:6379' },
      { host: 'h', port: 6379 },
    ],
    [
      'deadlines',
      { REDIS_COMMAND_TIMEOUT_MS: '250', REDIS_CACHE_TIMEOUT_MS: '50', REDIS_PROTOCOL: '2' },
      { commandTimeoutMs: 250, cacheTimeoutMs: 50, protocol: 2 },
    ],
  ])('takes %s', (_, env, expected) => {
    expect(readRedisEnvironment(env)).toMatchObject(expected);
  });

  it.each<[string, Env, RegExp]>([
    ['url and parts', { REDIS_URL: 'redis://h', REDIS_HOST: 'h' }, /REDIS_URL and REDIS_HOST are both set/],
    [
      'REDIS_PORT from Kubernetes',
      { REDIS_PORT: 'tcp://10.0.0.11:6379' },
      /^REDIS_PORT .*enableServiceLinks/,
    ],
    ['a port out of range', { REDIS_PORT: '70000' }, /^REDIS_PORT: /],
    ['a port in words', { REDIS_PORT: 'six' }, /^REDIS_PORT must be a whole number/],
    ['a raw # in the password', { REDIS_URL: `redis://:${SECRET}#x@h` }, /^REDIS_URL .*percent-encoded/],
    ['a raw % in the password', { REDIS_URL: `redis://:${SECRET}%zz@h` }, /^REDIS_URL .*percent-encoded/],
    ['a raw / in the password', { REDIS_URL: `redis://:${SECRET}/x@h` }, /^REDIS_URL /],
    ['a password without its colon', { REDIS_URL: `redis://${SECRET}@h` }, /^REDIS_URL .*colon before it/],
    ['a REST address', { REDIS_URL: `https://${SECRET}.upstash.io` }, /^REDIS_URL is a REST address/],
    ['another scheme', { REDIS_URL: `valkey://:${SECRET}@h` }, /^REDIS_URL must begin with redis:\/\//],
    ['no scheme', { REDIS_URL: `${SECRET}:6379` }, /^REDIS_URL must begin/],
    ['a database in words', { REDIS_URL: 'redis://h/abc' }, /^REDIS_URL: the database must be a number/],
    ['options of the driver', { REDIS_URL: 'redis://h?enableOfflineQueue=false' }, /^REDIS_URL: only/],
    ['a CA that is none', { REDIS_TLS: 'true', REDIS_TLS_CA: SECRET }, /^REDIS_TLS_CA must be/],
    ['TLS details without TLS', { REDIS_TLS_SERVERNAME: 'x' }, /rediss:\/\/ or REDIS_TLS=true/],
    ['TLS switched off beside rediss://', { REDIS_URL: 'rediss://h', REDIS_TLS: 'false' }, /tls is false/],
    ['a flag that is none', { REDIS_TLS: 'yes' }, /^REDIS_TLS must be true or false/],
    ['a word for near caches', { REDIS_NEAR_CACHE: 'off' }, /^REDIS_NEAR_CACHE must be true or false/],
    [
      'a client certificate without its key',
      { ...TLS, REDIS_TLS_CERT: own.certificate },
      /^REDIS_TLS_CERT is set without REDIS_TLS_KEY/,
    ],
    [
      'a key without its certificate',
      { ...TLS, REDIS_TLS_KEY: own.key },
      /^REDIS_TLS_KEY is set without REDIS_TLS_CERT/,
    ],
    [
      'the key of another certificate',
      { ...TLS, REDIS_TLS_CERT: own.certificate, REDIS_TLS_KEY: authority.issue().key },
      /^REDIS_TLS_KEY is not the key of REDIS_TLS_CERT/,
    ],
    [
      'a key that is encrypted',
      { ...TLS, REDIS_TLS_CERT: own.certificate, REDIS_TLS_KEY: encrypted },
      /^REDIS_TLS_KEY is encrypted/,
    ],
    [
      'a certificate for a key',
      { ...TLS, REDIS_TLS_CERT: own.certificate, REDIS_TLS_KEY: PEM },
      /^REDIS_TLS_KEY must be a PEM private key/,
    ],
    ['a file that is not there', { ...TLS, REDIS_TLS_CERT: `/${SECRET}.pem` }, /^REDIS_TLS_CERT must be/],
    [
      'PEM with nothing of sense in it',
      { ...TLS, REDIS_TLS_CA: PEM.replace(/MII/, 'AAA') },
      /^REDIS_TLS_CA is PEM, but/,
    ],
    ['protocol 4', { REDIS_PROTOCOL: '4' }, /^REDIS_PROTOCOL: /],
    ['a deadline of 0', { REDIS_COMMAND_TIMEOUT_MS: '0' }, /^REDIS_COMMAND_TIMEOUT_MS: /],
    ['sentinels without the name', { REDIS_SENTINELS: 'a:1,b:2' }, /^REDIS_SENTINEL_NAME must be the name/],
    [
      'the name without sentinels',
      { REDIS_SENTINEL_NAME: 'main', REDIS_SENTINEL_PASSWORD: SECRET },
      /^REDIS_SENTINEL_NAME, REDIS_SENTINEL_PASSWORD: set without REDIS_SENTINELS/,
    ],
    ['a sentinel without a port', { ...SENTINEL, REDIS_SENTINELS: 'a' }, /^REDIS_SENTINELS: .*host:port/],
    [
      'a sentinel that is a url',
      { ...SENTINEL, REDIS_SENTINELS: `redis://:${SECRET}@a:1` },
      /^REDIS_SENTINELS: /,
    ],
    ['sentinels of none', { ...SENTINEL, REDIS_SENTINELS: ',' }, /^REDIS_SENTINELS: names none/],
    [
      'sentinels and a url',
      { ...SENTINEL, REDIS_URL: 'redis://a' },
      /^REDIS_SENTINELS and url are both given/,
    ],
    ['sentinels and a host', { ...SENTINEL, REDIS_HOST: 'a' }, /^REDIS_SENTINELS and host are both given/],
    [
      'sentinels and a cluster',
      { ...SENTINEL, REDIS_CLUSTER_NODES: 'a:1' },
      /^REDIS_SENTINELS and cluster are both given/,
    ],
    [
      'a user of sentinels without a password',
      { ...SENTINEL, REDIS_SENTINEL_USERNAME: 'watcher' },
      /^REDIS_SENTINEL_USERNAME is set without REDIS_SENTINEL_PASSWORD/,
    ],
    ['a node without a port', { REDIS_CLUSTER_NODES: 'a:1,b' }, /^REDIS_CLUSTER_NODES: .*host:port/],
    [
      'a node with a port out of range',
      { REDIS_CLUSTER_NODES: 'a:70000' },
      /^REDIS_CLUSTER_NODES: .*host:port/,
    ],
    [
      'a node with a password',
      { REDIS_CLUSTER_NODES: `redis://:${SECRET}@a:1` },
      /^REDIS_CLUSTER_NODES: .*given apart from the nodes/,
    ],
    ['a cluster of none', { REDIS_CLUSTER_NODES: ',' }, /^REDIS_CLUSTER_NODES: names no node/],
    [
      'a cluster and a host',
      { REDIS_CLUSTER_NODES: 'a:1', REDIS_HOST: 'b' },
      /^REDIS_CLUSTER_NODES and host or port are both given/,
    ],
    [
      'a database of a cluster',
      { REDIS_CLUSTER_NODES: 'a:1', REDIS_DB: '2' },
      /^REDIS_DB: .*no database but 0/,
    ],
    [
      'the same in a url',
      { REDIS_CLUSTER_NODES: 'a:1', REDIS_URL: 'redis://b/2' },
      /^REDIS_DB: .*no database but 0/,
    ],
    [
      'production without any',
      { NODE_ENV: 'production' },
      /REDIS_URL nor REDIS_HOST nor REDIS_CLUSTER_NODES nor REDIS_SENTINELS is set/,
    ],
  ])('refuses %s', (_, env, expected) => {
    expect(problemsOf(env)).toContainEqual(expect.stringMatching(expected));
  });

  it('names every problem at once', () => {
    expect(problemsOf({ REDIS_PORT: 'x', REDIS_DB: 'y', REDIS_TLS: 'z', REDIS_FAMILY: '5' })).toHaveLength(4);
  });

  it('is loud about an unchecked certificate, and about plain text to a TLS-only host', () => {
    const loud = readRedisEnvironment({ REDIS_URL: 'rediss://h', REDIS_TLS_REJECT_UNAUTHORIZED: 'false' });
    expect(loud.warnings).toEqual([expect.stringContaining('NOT checked')]);
    const plain = readRedisEnvironment({ REDIS_URL: 'redis://:p@eu1.upstash.io' });
    expect(plain.warnings).toEqual([expect.stringContaining('rediss://')]);
  });

  it('expects of each node of a cluster the name it announces, unless told another', () => {
    const names = (tls: boolean | { servername: string }) => {
      const config = resolveRedisConfig({ cluster: { nodes: ['a:1'] }, tls });
      const nodes = [
        { host: 'redis-1', port: 1 },
        { host: '10.0.0.2', port: 1, name: 'redis-2' },
        { host: '10.0.0.3', port: 1 },
      ];
      return nodes.map((node) => nodeConfig(config, node).tls?.servername);
    };
    expect(names(true)).toEqual(['redis-1', 'redis-2', undefined]);
    expect(names({ servername: 'all' })).toEqual(['all', 'all', 'all']);
  });

  it('asks sentinels with their own password, over TLS as the servers unless told otherwise', () => {
    const asked = (env: Env) => {
      const servers = { REDIS_PASSWORD: 'of-servers', REDIS_DB: '2', REDIS_TLS: 'true' };
      const config = readRedisEnvironment({ ...SENTINEL, ...servers, ...env });
      return sentinelNodeConfig(config, { host: 'b', port: 7 });
    };
    expect(asked({})).toMatchObject({ host: 'b', port: 7, db: 0, tls: { servername: 'b' } });
    expect(asked({})).not.toHaveProperty('password');
    const own = asked({ REDIS_SENTINEL_PASSWORD: 'own', REDIS_SENTINEL_TLS: 'false' });
    expect(own).toMatchObject({ password: 'own' });
    expect(own).not.toHaveProperty('tls');
  });

  it('holds options to the same rules', () => {
    expect(() => resolveRedisConfig({ url: 'redis://h', host: 'h' })).toThrow(/both given/);
    expect(resolveRedisConfig({ url: 'redis://h:1', keyPrefix: 'a' })).toMatchObject({
      port: 1,
      keyPrefix: 'a:',
    });
  });
});
