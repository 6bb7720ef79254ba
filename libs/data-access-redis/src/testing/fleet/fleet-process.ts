import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { guard } from '@sluice/testing-servers';
import { RemoteCalls } from './remote-calls';
import type { Callable } from './remote-calls';

export interface FleetProcessOptions {
  /** Or nodes of a Cluster, with commas between them. */
  redisUrl: string;
  keyPrefix: string;
  /** See `RedisModuleOptions`. */
  cacheTimeoutMs?: number;
  /** What is taken out of the engine, to see that the tests notice; see mutants.ts. */
  mutant?: string;
  /** What the process may ask of us. */
  callable?: Callable;
  /** Absolute path of what it runs. Default: fleet-main.ts. */
  main?: string;
  /** What else is in its environment. */
  env?: Record<string, string>;
}

/**
 * One process of a fleet: a Node of its own with a `RedisModule` of its own, told over IPC what to do.
 *
 * The sources run as they are, through SWC: nothing has to be built before, and a process is there in about a second.
 */
export class FleetProcess {
  private readonly calls: RemoteCalls;

  private constructor(
    private readonly child: ChildProcess,
    callable: Callable,
  ) {
    this.calls = new RemoteCalls(child, callable);
  }

  static async start(options: FleetProcessOptions): Promise<FleetProcess> {
    const child = fork(options.main ?? join(__dirname, 'fleet-main.ts'), {
      execArgv: ['--conditions=@sluice/source', '--require=@sluice/testing-servers/register'],
      env: {
        PATH: process.env['PATH'],
        FLEET_REDIS_URL: options.redisUrl,
        FLEET_KEY_PREFIX: options.keyPrefix,
        FLEET_CACHE_TIMEOUT_MS: String(options.cacheTimeoutMs ?? 100),
        ...(options.mutant && { FLEET_MUTANT: options.mutant }),
        ...options.env,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // It ends when the channel does; this is for when it cannot, frozen or in an endless loop.
    const watch = guard(child.pid as number, 'SIGKILL');
    child.once('exit', () => watch.dismiss());
    const started = new FleetProcess(child, options.callable ?? {});
    try {
      await started.call('ready');
    } catch (error) {
      await started.kill();
      throw error;
    }
    return started;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  call<R>(name: string, argument?: unknown): Promise<R> {
    return this.calls.call<R>(name, argument);
  }

  /** Resolves when it is gone: its exit code, or null when a signal ended it. */
  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** SIGSTOP: nothing of it runs, and its connections stay open. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** SIGCONT */
  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
