import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, guard } from '@sluice/testing-servers';

const MAIN = resolve(__dirname, '../../../../apps/api/dist/main.js');
/** Opens metrics and the detail of readiness. */
export const MANAGEMENT_TOKEN = 'the-soak-may-see-everything';
const KEPT_OUTPUT = 100_000;

export interface Measured {
  heapBytes: number;
  /** Open sockets, files, servers; timers apart. */
  handles: number;
  timers: number;
  /** Of the heap, what near caches keep on purpose, as they estimate it. */
  nearBytes: number;
  /** All of them by what they are. */
  resources: Record<string, number>;
}

/** The built API as a process of its own, which can be asked what lives in it. */
export class Instance {
  #output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    onStall: (ms: number) => void,
  ) {
    child.on('message', (message: { stalledMs?: number }) => {
      if (message.stalledMs !== undefined) onStall(message.stalledMs);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT);
        if (/unhandled|uncaught/i.test(chunk.toString())) this.unhandled += 1;
      });
    }
  }

  unhandled = 0;

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end of what it has printed. */
  get output(): string {
    return this.#output;
  }

  /**
   * @param onStall called when it was not let run for so many ms
   * @throws Error with its output when it does not serve within a minute
   */
  static async start(env: Record<string, string>, onStall: (ms: number) => void): Promise<Instance> {
    const port = await freePort();
    const child = spawn(process.execPath, ['--expose-gc', '--require', join(__dirname, 'hook.cjs'), MAIN], {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_ENV: 'production',
        MANAGEMENT_TOKEN,
        APP_SECRET: 'soak-secret-that-is-long-enough-for-production',
        HOST: '127.0.0.1',
        PORT: String(port),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const watch = guard(child.pid as number, 'SIGKILL');
    child.once('exit', () => watch.dismiss());
    const instance = new Instance(child, `http://127.0.0.1:${port}`, onStall);
    const deadline = performance.now() + 60_000;
    while (!(await instance.#lives())) {
      if (!instance.running || performance.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`The API does not serve:\n${instance.output.slice(-4_000)}`);
      }
      await pause(100);
    }
    return instance;
  }

  /** After a collection of all garbage. @throws Error when it does not answer within 30 s */
  async measure(): Promise<Measured> {
    const { heapBytes, resources } = await this.#answer();
    const timers = resources.filter((name) => name === 'Timeout' || name === 'Immediate').length;
    const counts: Record<string, number> = {};
    for (const name of resources) counts[name] = (counts[name] ?? 0) + 1;
    return {
      heapBytes,
      handles: resources.length - timers,
      timers,
      nearBytes: await this.#nearBytes(),
      resources: counts,
    };
  }

  /** @returns its exit code; null when it had to be killed */
  async stop(): Promise<number | null> {
    if (this.running) {
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exited;
      clearTimeout(timer);
    }
    return this.child.exitCode;
  }

  async #nearBytes(): Promise<number> {
    const headers = { authorization: `Bearer ${MANAGEMENT_TOKEN}` };
    const response = await fetch(`${this.url}/metrics`, { headers, signal: AbortSignal.timeout(10_000) });
    const figures = (await response.text()).matchAll(/^redis_cache_near_bytes\{.*\} (\d+)/gm);
    return [...figures].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  }

  #answer(): Promise<{ heapBytes: number; resources: string[] }> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('An instance does not say what lives in it')), 30_000);
      const listen = (message: { heapBytes?: number; resources?: string[] }) => {
        const { heapBytes, resources } = message;
        if (heapBytes === undefined || resources === undefined) return;
        clearTimeout(timer);
        this.child.off('message', listen);
        resolve({ heapBytes, resources });
      };
      this.child.on('message', listen);
      this.child.send('measure');
    });
  }

  #lives(): Promise<boolean> {
    return fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(1_000) }).then(
      async (response) => {
        await response.text();
        return response.ok;
      },
      () => false,
    );
  }
}
