import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresInstallation } from '../installation';
import { onFreePort } from '../process/free-port';
import { ServerProcess } from '../process/server-process';
import {
  keptDataDirectory,
  postgresEnvironment,
  postgresIdentity,
  scratchDataDirectory,
} from './data-directory';

export interface PostgresOptions {
  /** A free one by default. */
  port?: number;
  /**
   * Absolute path of a folder whose data is kept between runs; made when it is not there yet.
   * By default the data is thrown away by `stop()`, and nothing is ever synced to disk.
   */
  dataDirectory?: string;
}

/** A PostgreSQL server of our own, to be broken on purpose. Loopback, superuser `postgres` without a password. */
export interface PostgresProcess {
  /** Connection string of the database `postgres`, which is empty at first. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether the process is there; true while it is frozen. */
  readonly running: boolean;
  /** SIGSTOP for the server and its backends: connections stay open, but nothing answers. */
  freeze(): void;
  /** SIGCONT */
  thaw(): void;
  /** SIGKILL for the server and its backends; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts again on the same port, with what was committed. Kills it first when it still runs. */
  restart(): Promise<void>;
  /** Ends it for good. Safe to call twice, and on a frozen or dead one. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server and waits until it takes connections.
 * @throws Error with the end of the server's output when it does not come up, when the data directory is in use
 *   or of another major version, or when no PostgreSQL is set up
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresProcess> {
  const { bin } = postgresInstallation();
  const kept = options.dataDirectory;
  const identity = kept ? await keptDataDirectory(kept) : postgresIdentity;
  const directory = kept ?? (await scratchDataDirectory());

  const started = onFreePort(options.port, async (port) => {
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 100,
      shared_buffers: '16MB',
      ...(kept ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    const postgres = new ServerProcess({
      name: 'PostgreSQL',
      command: join(bin, 'postgres'),
      args: [
        ...['-D', directory, '-p', String(port)],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      env: postgresEnvironment(),
      identity,
      // The server writes its number into the first line of this file and its state into the eighth.
      isReady: async (pid) => {
        const lines = (await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
        return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
      },
      // Fast shutdown keeps data whole without recovery; immediate shutdown still frees the shared memory.
      stopSignal: kept ? 'SIGINT' : 'SIGQUIT',
      scratch: kept ? undefined : directory,
    });
    await postgres.start();
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      port,
      get pid() {
        return postgres.pid;
      },
      get running() {
        return postgres.running;
      },
      freeze: () => postgres.freeze(),
      thaw: () => postgres.thaw(),
      kill: () => postgres.kill(),
      restart: () => postgres.restart(),
      stop: () => postgres.stop(),
    };
  });
  return started.catch(async (error: unknown) => {
    if (!kept) await rm(directory, { recursive: true, force: true });
    throw error;
  });
}
