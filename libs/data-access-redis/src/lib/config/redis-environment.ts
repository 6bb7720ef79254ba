import { existsSync, readFileSync } from 'node:fs';
import { RedisConfigError } from '../connection/redis.errors';
import { resolveRedisConfig } from './redis.config';
import type { RedisConfig, RedisModuleOptions, RedisTlsOptions } from './redis.config';

type Environment = Readonly<Record<string, string | undefined>>;

const CONNECTION_PARTS = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_DB'];
const TOPOLOGIES = ['REDIS_CLUSTER_NODES', 'REDIS_SENTINELS', 'REDIS_SENTINEL_NAME'];

/** Names of options as they are called in the environment, for messages that tell the operator what to change. */
const VARIABLE_OF: Record<string, string> = {
  url: 'REDIS_URL',
  host: 'REDIS_HOST',
  port: 'REDIS_PORT',
  db: 'REDIS_DB',
  family: 'REDIS_FAMILY',
  protocol: 'REDIS_PROTOCOL',
  nearCache: 'REDIS_NEAR_CACHE',
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
  const kubernetesPort = /^[a-z]+:\/\//i.test(read('REDIS_PORT') ?? '');
  const parts = set(CONNECTION_PARTS).filter((name) => !(name === 'REDIS_PORT' && kubernetesPort));
  if (url && parts.length > 0) {
    problems.push(`REDIS_URL and ${parts.join(', ')} are both set; unset one or the other`);
  }
  if (!url && kubernetesPort) {
    problems.push(
      'REDIS_PORT holds an address instead of a number: Kubernetes puts it there for a service named redis. Set enableServiceLinks: false in the pod, or give REDIS_URL',
    );
  }
  for (const name of set(TOPOLOGIES)) {
    problems.push(`${name} is set, but only a standalone server is supported so far; give REDIS_URL`);
  }
  if (env['NODE_ENV'] === 'production' && !url && !read('REDIS_HOST')) {
    problems.push('neither REDIS_URL nor REDIS_HOST is set, and in production there is no default');
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

function inVariables(problem: string): string {
  return problem.replace(/^[A-Za-z]+/, (option) => VARIABLE_OF[option] ?? option);
}

function readTls(
  read: (name: string) => string | undefined,
  flag: (name: string) => boolean | undefined,
  problems: string[],
): RedisModuleOptions['tls'] {
  const ca = readCertificate(read('REDIS_TLS_CA'), problems);
  const servername = read('REDIS_TLS_SERVERNAME');
  const rejectUnauthorized = flag('REDIS_TLS_REJECT_UNAUTHORIZED');
  const on = flag('REDIS_TLS');
  const details: RedisTlsOptions = {
    ...(ca && { ca }),
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

/** PEM as it is, PEM in base64 (for platforms whose variables have one line), or the path of a PEM file. */
function readCertificate(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const pem = /-----BEGIN CERTIFICATE-----/;
  if (pem.test(text)) return text.replace(/\\n/g, '\n');
  if (existsSync(text)) {
    const file = readFileSync(text, 'utf8');
    if (pem.test(file)) return file;
  }
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  if (pem.test(decoded)) return decoded;
  problems.push('REDIS_TLS_CA must be a PEM certificate, one in base64, or the path of a PEM file');
  return undefined;
}
