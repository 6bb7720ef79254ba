import { isIP } from 'node:net';
import { z } from 'zod';
import { RedisConfigError } from '../connection/redis.errors';
import type { NodeAddress } from '../connection/cluster/cluster-slots';
import { parseNode } from './cluster-nodes';
import { parseRedisUrl } from './redis-url';
import { readSentinel } from './sentinel-options';
import type { RedisSentinelOptions, SentinelConfig } from './sentinel-options';
import { checkTlsSources, warningOfExpiry } from './tls-material';
import type { TlsSources } from './tls-material';

/** TLS towards the server. */
export interface RedisTlsOptions {
  /**
   * Certificate authority: PEM, PEM in base64, or the path of a PEM file. Files, these and the two below, are read anew by
   * each connection that is made, so what is renewed needs no restart. Default: the authorities of Node.
   */
  ca?: string;
  /** The client's own certificate, for servers that ask for one, with the chain if it has one; written as `ca`. */
  cert?: string;
  /** Private key of `cert`, without a passphrase; written as `ca`. */
  key?: string;
  /** Name the certificate is made out to, also sent as SNI. Default: the host, unless it is an address. */
  servername?: string;
  /** Default true. False accepts any certificate, also an attacker's. */
  rejectUnauthorized?: boolean;
}

/**
 * Options of `RedisModule.forRoot`. Without any, the module reads the environment (`REDIS_URL`, …) instead.
 * Give `url`, or the parts; both together is an error.
 */
export interface RedisModuleOptions {
  /** `redis://` or `rediss://` (TLS), e.g. `rediss://default:secret@host:6379/0`. */
  url?: string;
  /**
   * A Redis Cluster, by some of its nodes (`['10.0.0.1:6379', 'redis-2:6379', '[fd00::3]:6379']`); it is asked for the
   * others. User, password and TLS hold for all of them; `url` may give these, and its host is one node more. Database 0.
   */
  cluster?: { nodes: readonly string[] };
  /** A master that sentinels watch; instead of `url`, `host` and `port`. */
  sentinel?: RedisSentinelOptions;
  /** Default `127.0.0.1`. */
  host?: string;
  /** 1–65535, default 6379. */
  port?: number;
  username?: string;
  password?: string;
  /** Number of the database, default 0. Verified after connecting. */
  db?: number;
  /** True or details: speak TLS. Default false, true for `rediss://`. */
  tls?: boolean | RedisTlsOptions;
  /** 4 or 6 to resolve to that family only; default 0, both. */
  family?: 0 | 4 | 6;
  /** 3 (default) or 2 for proxies that refuse RESP3; under 2 publish/subscribe has a connection of its own. */
  protocol?: 2 | 3;
  /** False switches the near caches of this process off, whatever the caches say. Default true. */
  nearCache?: boolean;
  /** Every key and channel begins with it. Default `sluice:`. A colon is added when it ends in a letter or digit. */
  keyPrefix?: string;
  /** First part of the names in `CLIENT LIST`. Default `sluice`. */
  clientName?: string;
  /** Deadline of a command in ms. Default 500. */
  commandTimeoutMs?: number;
  /** Deadline of a cache command in ms. Default 100. */
  cacheTimeoutMs?: number;
  /** Deadline of connecting (TCP and TLS) in ms. Default 2,000. */
  connectTimeoutMs?: number;
  /** Silence in ms, while an answer is awaited, after which the socket is given up. Default 3,000. */
  socketTimeoutMs?: number;
}

/** {@link RedisTlsOptions}, checked and complete; paths are still paths. */
export interface RedisTls extends TlsSources {
  servername?: string;
  rejectUnauthorized: boolean;
}

/** The options, checked and complete. */
export interface RedisConfig {
  /** Where to begin to look for the masters of a Cluster; the first is also `host` and `port`. */
  cluster?: { nodes: readonly NodeAddress[] };
  /** Who knows where the master is; then the first of them is also `host` and `port`. */
  sentinel?: SentinelConfig;
  host: string;
  port: number;
  username?: string;
  password?: string;
  db: number;
  tls?: RedisTls;
  family: 0 | 4 | 6;
  protocol: 2 | 3;
  nearCache: boolean;
  keyPrefix: string;
  clientName: string;
  commandTimeoutMs: number;
  cacheTimeoutMs: number;
  connectTimeoutMs: number;
  socketTimeoutMs: number;
  /** What works but should be looked at; logged once at start. */
  warnings: readonly string[];
}

const DEFAULT_PORT = 6_379;

const duration = (fallback: number) => z.number().int().min(1).max(60_000).default(fallback);

const SCHEMA = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(1).max(65_535).default(DEFAULT_PORT),
  username: z.string().optional(),
  password: z.string().optional(),
  db: z.number().int().min(0).max(1_023).default(0),
  family: z.union([z.literal(0), z.literal(4), z.literal(6)]).default(0),
  protocol: z.union([z.literal(2), z.literal(3)]).default(3),
  nearCache: z.boolean().default(true),
  keyPrefix: z
    .string()
    .regex(/^[A-Za-z0-9:_.-]{1,64}$/, 'must be 1–64 letters, digits, or one of : _ . -')
    .default('sluice:'),
  clientName: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1–64 letters, digits, or one of _ . -')
    .default('sluice'),
  commandTimeoutMs: duration(500),
  cacheTimeoutMs: duration(100),
  connectTimeoutMs: duration(2_000),
  socketTimeoutMs: duration(3_000),
});

const URL_PARTS = ['host', 'port', 'username', 'password', 'db'] as const;

/**
 * Checks options and fills in the defaults.
 *
 * @throws RedisConfigError that lists every problem; values are never repeated, for they may be secrets.
 */
export function resolveRedisConfig(options: RedisModuleOptions): RedisConfig {
  const problems: string[] = [];
  const { url, tls, cluster, sentinel, ...plain } = options;
  let fromUrl: ReturnType<typeof parseRedisUrl> | undefined;
  if (url !== undefined) {
    const extra = URL_PARTS.filter((part) => options[part] !== undefined);
    if (extra.length > 0) problems.push(`url and ${extra.join(', ')} are both given; give one or the other`);
    fromUrl = parseRedisUrl(url, problems);
  }
  const { tls: urlTls, ...urlParts } = fromUrl ?? { tls: false };
  const nodes = cluster && readNodes(cluster.nodes, options, urlParts, problems);
  const watched = sentinel && readSentinel(sentinel, options, Boolean(tls), problems);
  const [first] = nodes ?? watched?.nodes ?? [];
  const merged = SCHEMA.safeParse({ ...withoutUndefined(plain), ...urlParts, ...first });
  if (!merged.success) {
    for (const issue of merged.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  if (url !== undefined && tls === false && urlTls)
    problems.push('url says rediss:// (TLS) but tls is false');
  const details: RedisTlsOptions = typeof tls === 'object' ? tls : {};
  const sources = checkTlsSources(details, problems);
  if (problems.length > 0 || !merged.success) throw new RedisConfigError(problems);

  const config = merged.data;
  // The nodes of a Cluster have names of their own, and so have those that sentinels name: see nodeConfig.
  const host = nodes || watched ? undefined : config.host;
  const tlsConfig = urlTls || tls ? resolveTls(host, { ...details, ...sources }) : undefined;
  return {
    ...withoutUndefined(config),
    keyPrefix: /[A-Za-z0-9]$/.test(config.keyPrefix) ? `${config.keyPrefix}:` : config.keyPrefix,
    ...(tlsConfig && { tls: tlsConfig }),
    ...(nodes && { cluster: { nodes } }),
    ...(watched && { sentinel: watched }),
    warnings: warningsFor(config.host, tlsConfig),
  };
}

function readNodes(
  texts: readonly string[],
  { host, port, db }: RedisModuleOptions,
  url: { host?: string; port?: number; db?: number },
  problems: string[],
): NodeAddress[] {
  if (texts.length === 0) problems.push('cluster: names no node; give some as host:port');
  if (host !== undefined || port !== undefined) {
    problems.push('cluster and host or port are both given; put that node among those of the cluster');
  }
  if (db || url.db) problems.push('db: a Cluster has no database but 0');
  const nodes = texts.map((text) => parseNode(text, problems));
  if (url.host) nodes.push({ host: url.host, port: url.port ?? DEFAULT_PORT });
  return nodes;
}

/** The configuration of the connection to one node of a Cluster, or to a master that sentinels have named. */
export function nodeConfig(config: RedisConfig, { host, port, name }: NodeAddress): RedisConfig {
  const { tls } = config;
  return { ...config, host, port, ...(tls && { tls: { ...resolveTls(name ?? host, tls) } }) };
}

/** The configuration of the connection to a sentinel. */
export function sentinelNodeConfig(config: RedisConfig, address: NodeAddress): RedisConfig {
  const { username, password, tls, ...servers } = config;
  const { sentinel } = config;
  const own = sentinel?.tls && { tls: resolveTls(address.host, tls ?? {}) };
  const user = sentinel?.username && { username: sentinel.username };
  const secret = sentinel?.password && { password: sentinel.password };
  return { ...servers, host: address.host, port: address.port, db: 0, ...user, ...secret, ...own };
}

function resolveTls(host: string | undefined, tls: RedisTlsOptions): RedisTls {
  // The driver sends no SNI unless told to, and hosts with several certificates then answer with the wrong one.
  const servername = tls.servername ?? (host === undefined || isIP(host) ? undefined : host);
  return {
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ...(servername && { servername }),
    ...(tls.ca && { ca: tls.ca }),
    ...(tls.cert && { cert: tls.cert }),
    ...(tls.key && { key: tls.key }),
  };
}

function warningsFor(host: string, tls: RedisTls | undefined): string[] {
  const warnings: string[] = [];
  if (tls && !tls.rejectUnauthorized) {
    warnings.push(
      'REDIS_TLS_REJECT_UNAUTHORIZED is false: the server’s certificate is NOT checked and anybody on the way can read and change everything. Give the authority in REDIS_TLS_CA instead.',
    );
  }
  const expiry = tls && warningOfExpiry(tls);
  if (expiry) warnings.push(expiry);
  if (!tls && host.endsWith('.upstash.io') && !host.startsWith('fly-')) {
    warnings.push('Upstash speaks TLS only: use rediss:// instead of redis://, or the connection is reset.');
  }
  return warnings;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
