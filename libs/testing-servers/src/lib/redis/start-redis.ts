import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readInstallation, redisInstallation } from '../installation';
import { onFreePort } from '../process/free-port';
import { ServerProcess } from '../process/server-process';
import { redisCli } from './redis-cli';

export interface RedisOptions {
  /** A free one by default. */
  port?: number;
  /** Further words for redis-server, such as `['--maxmemory', '1mb']`. */
  args?: string[];
  /** Asked of every client by the server; none by default. */
  password?: string;
  /** Another program that is started like redis-server, as `findValkey` gives it. */
  server?: string;
}

/** A Redis process of our own, to be broken on purpose. Loopback, no persistence. */
export interface RedisProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether the process is there; true while it is frozen. */
  readonly running: boolean;
  /**
   * Runs redis-cli with these words against the server, within 30 s.
   * @returns its standard output, trimmed
   * @throws Error with what redis-cli said, an error reply of the server included
   */
  cli(...words: string[]): Promise<string>;
  /** SIGSTOP: connections stay open and new ones are accepted, but nothing answers. */
  freeze(): void;
  /** SIGCONT */
  thaw(): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts again on the same port, empty. Kills it first when it still runs. */
  restart(): Promise<void>;
  /** Ends it for good. Safe to call twice, and on a frozen or dead one. */
  stop(): Promise<void>;
}

/**
 * Starts a Redis server and waits until it answers.
 * @throws Error with the end of the server's output when it does not come up, or when no Redis is set up
 */
export function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  return startServer(options);
}

/**
 * @internal
 * @param sentinel the configuration file of a Sentinel, which writes what it learns into it; without it, a server
 */
export function startServer(options: RedisOptions, sentinel?: string): Promise<RedisProcess> {
  const { libraryPath, ...installed } = redisInstallation();
  const { password, args = [], server = installed.server } = options;

  return onFreePort(options.port, async (port) => {
    // Its own: a server reads whatever dump lies there, also one that a replica of another test has written.
    const directory = scratchDirectory();
    await mkdir(directory, { recursive: true });
    const file = join(directory, 'sentinel.conf');
    if (sentinel !== undefined) await writeFile(file, sentinel);
    const address = { host: '127.0.0.1', port, password };
    const redis = new ServerProcess({
      name: sentinel === undefined ? 'Redis' : 'Sentinel',
      command: server,
      args: [
        ...(sentinel === undefined ? [] : [file, '--sentinel']),
        ...[
          '--port',
          String(port),
          '--bind',
          '127.0.0.1',
          '--save',
          '',
          '--appendonly',
          'no',
          '--dir',
          directory,
        ],
        ...(password ? ['--requirepass', password] : []),
        ...args,
      ],
      env: { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: libraryPath ?? process.env['LD_LIBRARY_PATH'] },
      // Not just any answer: another Redis may have taken the port.
      isReady: async (pid) => {
        const info = await redisCli(address, ['INFO', 'server']).catch(() => '');
        return info.includes(`process_id:${pid}\r\n`);
      },
      stopSignal: 'SIGKILL',
      scratch: directory,
    });
    await redis.start().catch(async (error: unknown) => {
      await rm(directory, { recursive: true, force: true });
      throw error;
    });
    return {
      url: `redis://${password ? `:${encodeURIComponent(password)}@` : ''}127.0.0.1:${port}`,
      port,
      get pid() {
        return redis.pid;
      },
      get running() {
        return redis.running;
      },
      cli: (...words) => redisCli(address, words),
      freeze: () => redis.freeze(),
      thaw: () => redis.thaw(),
      kill: () => redis.kill(),
      restart: async () => {
        await redis.kill();
        await rm(join(directory, 'dump.rdb'), { force: true });
        await redis.restart();
      },
      stop: () => redis.stop(),
    };
  });
}

/** A folder of its own for a server; its maker deletes it. */
export function scratchDirectory(): string {
  const name = `redis-${process.pid}-${randomBytes(6).toString('hex')}`;
  return join(readInstallation().dataDirectory, 'scratch', name);
}
