import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { guard } from '@sluice/testing-servers';
import { RemoteCalls } from './remote-calls';
import type { Callable } from './remote-calls';

export interface FleetProcessOptions {
  redisUrl: string;
  keyPrefix: string;
  /** See `RedisModuleOptions`. */
  cacheTimeoutMs?: number;
  /** What is taken out of the engine, to see that the tests notice; see mutants.ts. */
  mutant?: string;
  /** What the process may ask of us. */
  callable?: Callable;
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
    const workspace = join(__dirname, '../../../../..');
    const child = fork(join(__dirname, 'fleet-main.ts'), {
      execArgv: ['--conditions=@sluice/source', '--require=@swc-node/register'],
      env: {
        PATH: process.env['PATH'],
        SWC_NODE_PROJECT: join(workspace, 'tsconfig.base.json'),
        FLEET_REDIS_URL: options.redisUrl,
        FLEET_KEY_PREFIX: options.keyPrefix,
        FLEET_CACHE_TIMEOUT_MS: String(options.cacheTimeoutMs ?? 100),
        ...(options.mutant && { FLEET_MUTANT: options.mutant }),
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

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
