import { isIP } from 'node:net';
import { z } from 'zod';
import { RedisConfigError } from '../connection/redis.errors';
import { parseRedisUrl } from './redis-url';

/** TLS towards the server. */
export interface RedisTlsOptions {
  /** Certificate authority in PEM. Default: those of Node. */
  ca?: string;
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

/** The options, checked and complete. */
export interface RedisConfig {
  host: string;
  port: number;
  username?: string;
  password?: string;
  db: number;
  tls?: { ca?: string; servername?: string; rejectUnauthorized: boolean };
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

const duration = (fallback: number) => z.number().int().min(1).max(60_000).default(fallback);

const SCHEMA = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(1).max(65_535).default(6379),
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
  const { url, tls, ...plain } = options;
  let fromUrl: ReturnType<typeof parseRedisUrl> | undefined;
  if (url !== undefined) {
    const extra = URL_PARTS.filter((part) => options[part] !== undefined);
    if (extra.length > 0) problems.push(`url and ${extra.join(', ')} are both given; give one or the other`);
    fromUrl = parseRedisUrl(url, problems);
  }
  const { tls: urlTls, ...urlParts } = fromUrl ?? { tls: false };
  const merged = SCHEMA.safeParse({ ...withoutUndefined(plain), ...urlParts });
  if (!merged.success) {
    for (const issue of merged.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  if (url !== undefined && tls === false && urlTls)
    problems.push('url says rediss:// (TLS) but tls is false');
  if (problems.length > 0 || !merged.success) throw new RedisConfigError(problems);

  const config = merged.data;
  const tlsConfig = urlTls || tls ? resolveTls(config.host, typeof tls === 'object' ? tls : {}) : undefined;
  return {
    ...withoutUndefined(config),
    keyPrefix: /[A-Za-z0-9]$/.test(config.keyPrefix) ? `${config.keyPrefix}:` : config.keyPrefix,
    ...(tlsConfig && { tls: tlsConfig }),
    warnings: warningsFor(config.host, tlsConfig),
  };
}

function resolveTls(host: string, tls: RedisTlsOptions): NonNullable<RedisConfig['tls']> {
  // The driver sends no SNI unless told to, and hosts with several certificates then answer with the wrong one.
  const servername = tls.servername ?? (isIP(host) ? undefined : host);
  return {
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ...(servername && { servername }),
    ...(tls.ca && { ca: tls.ca }),
  };
}

function warningsFor(host: string, tls: RedisConfig['tls']): string[] {
  const warnings: string[] = [];
  if (tls && !tls.rejectUnauthorized) {
    warnings.push(
      'REDIS_TLS_REJECT_UNAUTHORIZED is false: the server’s certificate is NOT checked and anybody on the way can read and change everything. Give the authority in REDIS_TLS_CA instead.',
    );
  }
  if (!tls && host.endsWith('.upstash.io') && !host.startsWith('fly-')) {
    warnings.push('Upstash speaks TLS only: use rediss:// instead of redis://, or the connection is reset.');
  }
  return warnings;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
