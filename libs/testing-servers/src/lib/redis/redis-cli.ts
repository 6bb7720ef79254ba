import { execFile } from 'node:child_process';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { redisInstallation } from '../installation';

/** Where redis-cli connects to. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  readonly tls?: boolean;
}

const run = promisify(execFile);

/** Takes `redis://user:password@host:port/database` (or `rediss:`) apart. */
export function parseRedisUrl(text: string): RedisAddress {
  const url = new URL(text);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    username: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
    database: Number(url.pathname.slice(1) || 0),
    tls: url.protocol === 'rediss:',
  };
}

/**
 * Runs one command by redis-cli, within 30 s.
 * @returns its standard output, trimmed
 * @throws Error with what redis-cli said, an error reply of the server included
 */
export async function redisCli(address: RedisAddress, words: readonly string[]): Promise<string> {
  const { cli, libraryPath, version } = redisInstallation();
  const options = ['-h', address.host, '-p', String(address.port), '-n', String(address.database ?? 0)];
  if (address.username) options.push('--user', address.username);
  if (address.tls) options.push('--tls', ...(isIP(address.host) ? [] : ['--sni', address.host]));
  // Before 7.0 an error reply cannot be told from a value by redis-cli's exit code.
  if (Number.parseInt(version, 10) >= 7) options.push('-e');
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: libraryPath ?? process.env['LD_LIBRARY_PATH'],
    REDISCLI_AUTH: address.password,
  };
  try {
    const running = run(cli, [...options, ...words], {
      env,
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    const { stdout } = await running;
    // One that was killed when it had just ended counts as well ended, and what it said is lost.
    if (running.child.killed) throw Object.assign(new Error('too late'), { killed: true });
    return stdout.trim();
  } catch (error) {
    const { stdout, stderr, killed } = error as { stdout?: string; stderr?: string; killed?: boolean };
    const said = killed ? 'no answer within 30 s' : `${stderr ?? ''}${stdout ?? ''}`.trim();
    throw new Error(`redis-cli ${words[0] ?? ''}: ${said || 'could not be run'}`);
  }
}
