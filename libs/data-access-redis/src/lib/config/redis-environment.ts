import { RedisConfigError } from '../connection/redis.errors';
import { resolveRedisConfig } from './redis.config';
import type { RedisConfig, RedisModuleOptions, RedisTlsOptions } from './redis.config';

type Environment = Readonly<Record<string, string | undefined>>;

const CONNECTION_PARTS = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_DB'];
const SENTINEL_PARTS = [
  'REDIS_SENTINEL_NAME',
  'REDIS_SENTINEL_USERNAME',
  'REDIS_SENTINEL_PASSWORD',
  'REDIS_SENTINEL_TLS',
];

/** Names of options as they are called in the environment, for messages that tell the operator what to change. */
const VARIABLE_OF: Record<string, string> = {
  url: 'REDIS_URL',
  cluster: 'REDIS_CLUSTER_NODES',
  sentinel: 'REDIS_SENTINELS',
  'sentinel.name': 'REDIS_SENTINEL_NAME',
  'sentinel.username': 'REDIS_SENTINEL_USERNAME',
  'sentinel.password': 'REDIS_SENTINEL_PASSWORD',
  host: 'REDIS_HOST',
  port: 'REDIS_PORT',
  db: 'REDIS_DB',
  family: 'REDIS_FAMILY',
  protocol: 'REDIS_PROTOCOL',
  nearCache: 'REDIS_NEAR_CACHE',
  'tls.ca': 'REDIS_TLS_CA',
  'tls.cert': 'REDIS_TLS_CERT',
  'tls.key': 'REDIS_TLS_KEY',
  keyPrefix: 'REDIS_KEY_PREFIX',
  clientName: 'REDIS_CLIENT_NAME',
  commandTimeoutMs: 'REDIS_COMMAND_TIMEOUT_MS',
  cacheTimeoutMs: 'REDIS_CACHE_TIMEOUT_MS',
  connectTimeoutMs: 'REDIS_CONNECT_TIMEOUT_MS',
  socketTimeoutMs: 'REDIS_SOCKET_TIMEOUT_MS',
};

/**
 * Reads the configuration from the environment. An empty variable counts as not set.
 *
 * @throws RedisConfigError that names every wrong variable and never shows a value.
 */
export function readRedisEnvironment(env: Environment = process.env): RedisConfig {
  const problems: string[] = [];
  const read = (name: string) => env[name]?.trim() || undefined;
  const set = (names: readonly string[]) => names.filter((name) => read(name) !== undefined);

  const url = read('REDIS_URL');
  const nodes = read('REDIS_CLUSTER_NODES');
  const sentinels = read('REDIS_SENTINELS');
  const topology = nodes ?? sentinels;
  const kubernetesPort = /^[a-z]+:\/\//i.test(read('REDIS_PORT') ?? '');
  const parts = set(CONNECTION_PARTS).filter((name) => !(name === 'REDIS_PORT' && kubernetesPort));
  if (url && parts.length > 0) {
    problems.push(`REDIS_URL and ${parts.join(', ')} are both set; unset one or the other`);
  }
  if (!url && !topology && kubernetesPort) {
    problems.push(
      'REDIS_PORT holds an address instead of a number: Kubernetes puts it there for a service named redis. Set enableServiceLinks: false in the pod, or give REDIS_URL',
    );
  }
  const withoutSentinels = sentinels ? [] : set(SENTINEL_PARTS);
  if (withoutSentinels.length > 0) {
    problems.push(`${withoutSentinels.join(', ')}: set without REDIS_SENTINELS, which names the sentinels`);
  }
  if (env['NODE_ENV'] === 'production' && !url && !topology && !read('REDIS_HOST')) {
    problems.push(
      'neither REDIS_URL nor REDIS_HOST nor REDIS_CLUSTER_NODES nor REDIS_SENTINELS is set, and in production there is no default',
    );
  }

  const number = (name: string): number | undefined => {
    const text = read(name);
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text)) {
      problems.push(`${name} must be a whole number`);
      return undefined;
    }
    return Number(text);
  };
  const flag = (name: string): boolean | undefined => {
    const text = read(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text !== 'true' && text !== 'false') problems.push(`${name} must be true or false`);
    return text === 'true';
  };

  const options: RedisModuleOptions = {
    ...(url
      ? { url }
      : {
          host: read('REDIS_HOST'),
          port: kubernetesPort ? undefined : number('REDIS_PORT'),
          username: read('REDIS_USERNAME'),
          password: env['REDIS_PASSWORD'] || undefined, // blanks may belong to it
          db: number('REDIS_DB'),
        }),
    cluster: nodes === undefined ? undefined : { nodes: listed(nodes) },
    sentinel:
      sentinels === undefined
        ? undefined
        : {
            nodes: listed(sentinels),
            name: read('REDIS_SENTINEL_NAME') ?? '',
            username: read('REDIS_SENTINEL_USERNAME'),
            password: env['REDIS_SENTINEL_PASSWORD'] || undefined,
            tls: flag('REDIS_SENTINEL_TLS'),
          },
    tls: readTls(read, flag, problems),
    family: number('REDIS_FAMILY') as RedisModuleOptions['family'],
    protocol: number('REDIS_PROTOCOL') as RedisModuleOptions['protocol'],
    nearCache: flag('REDIS_NEAR_CACHE'),
    keyPrefix: read('REDIS_KEY_PREFIX'),
    clientName: read('REDIS_CLIENT_NAME') ?? read('APP_NAME'),
    commandTimeoutMs: number('REDIS_COMMAND_TIMEOUT_MS'),
    cacheTimeoutMs: number('REDIS_CACHE_TIMEOUT_MS'),
    connectTimeoutMs: number('REDIS_CONNECT_TIMEOUT_MS'),
    socketTimeoutMs: number('REDIS_SOCKET_TIMEOUT_MS'),
  };
  try {
    const config = resolveRedisConfig(options);
    if (problems.length === 0) return config;
  } catch (error) {
    if (!(error instanceof RedisConfigError)) throw error;
    problems.push(...error.problems.map(inVariables));
  }
  throw new RedisConfigError(problems);
}

function listed(nodes: string): string[] {
  return nodes
    .split(',')
    .map((node) => node.trim())
    .filter(Boolean);
}

function inVariables(problem: string): string {
  return problem.replace(/\b(tls|sentinel)\.[a-z]+|^[A-Za-z]+/g, (option) => VARIABLE_OF[option] ?? option);
}

function readTls(
  read: (name: string) => string | undefined,
  flag: (name: string) => boolean | undefined,
  problems: string[],
): RedisModuleOptions['tls'] {
  const ca = read('REDIS_TLS_CA');
  const cert = read('REDIS_TLS_CERT');
  const key = read('REDIS_TLS_KEY');
  const servername = read('REDIS_TLS_SERVERNAME');
  const rejectUnauthorized = flag('REDIS_TLS_REJECT_UNAUTHORIZED');
  const on = flag('REDIS_TLS');
  const details: RedisTlsOptions = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
  if (Object.keys(details).length === 0) return on;
  if (on === false) problems.push('REDIS_TLS is false, but other REDIS_TLS_… variables are set');
  const url = read('REDIS_URL');
  if (on === undefined && !/^rediss:/i.test(url ?? '')) {
    problems.push(
      'REDIS_TLS_… variables are set for a connection without TLS; use rediss:// or REDIS_TLS=true',
    );
  }
  return details;
}
