import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, guard } from '@sluice/testing-servers';
import { type HeapContents, readHeapSnapshot } from './heap-snapshot';

const MAIN = resolve(__dirname, '../../../../apps/api/dist/main.js');
/** Opens metrics and the detail of readiness. */
export const MANAGEMENT_TOKEN = 'the-soak-may-see-everything';
const KEPT_OUTPUT = 100_000;

export interface Measured extends HeapContents {
  /** Open sockets, files, servers; timers apart. */
  handles: number;
  timers: number;
  /** Of the objects, what near caches keep on purpose, as they estimate it. */
  nearBytes: number;
  /** All of them by what they are. */
  resources: Record<string, number>;
}

/** What it says, unasked or asked. */
interface Said {
  stall?: [from: number, to: number];
  saidStalls?: true;
  resources?: string[];
}
type OnStall = (from: number, to: number) => void;

/** The built API as a process of its own, which can be asked what lives in it. */
export class Instance {
  #output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    onStall: OnStall,
  ) {
    child.on('message', ({ stall }: Said) => {
      if (stall) onStall(stall[0] - performance.timeOrigin, stall[1] - performance.timeOrigin);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT);
        if (/unhandled|uncaught/i.test(chunk.toString())) this.unhandled += 1;
        const [listeners] = /MaxListenersExceededWarning[^]*/.exec(chunk.toString()) ?? [];
        if (listeners !== undefined) this.listeners.push(listeners);
      });
    }
  }

  unhandled = 0;
  /** What Node has said when it warned that something is listened to ever more often, and by whom. */
  readonly listeners: string[] = [];

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
   * @param onStall called when it stood still, from when to when by `performance.now()` of this process
   * @throws Error with its output when it does not serve within a minute
   */
  static async start(env: Record<string, string>, onStall: OnStall): Promise<Instance> {
    const port = await freePort();
    const words = ['--trace-warnings', '--require', join(__dirname, 'hook.cjs'), MAIN];
    const child = spawn(process.execPath, words, {
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

  /** After a collection of all garbage; it stands still meanwhile. @throws Error when it does not answer within 2 min */
  async measure(): Promise<Measured> {
    const { resources, ...contents } = await this.#lookInside();
    const timers = resources.filter((name) => name === 'Timeout' || name === 'Immediate').length;
    const counts: Record<string, number> = {};
    for (const name of resources) counts[name] = (counts[name] ?? 0) + 1;
    return {
      ...contents,
      handles: resources.length - timers,
      timers,
      nearBytes: await this.#sumOf(/^redis_cache_near_bytes\{.*\} (\d+)/gm),
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

  /** Resolves when it has said of each stall so far. @throws Error when it does not answer within 30 s */
  async saysStalls(): Promise<void> {
    await this.#answer('stalls', ({ saidStalls }) => saidStalls);
  }

  /** How often Redis has failed it: connections made anew, and commands that were not answered. */
  redisFailures(): Promise<number> {
    return this.#sumOf(
      /^redis_client_(?:reconnects_total\{|command_duration_seconds_count\{.*outcome="REDIS_).*\} (\d+)/gm,
    );
  }

  async #lookInside(): Promise<HeapContents & { resources: string[] }> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-heap-'));
    try {
      const snapshotTo = join(folder, 'soak.heapsnapshot');
      const resources = await this.#answer({ snapshotTo }, ({ resources }) => resources, 120_000);
      return { ...(await readHeapSnapshot(snapshotTo)), resources };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  async #sumOf(figures: RegExp): Promise<number> {
    const headers = { authorization: `Bearer ${MANAGEMENT_TOKEN}` };
    const response = await fetch(`${this.url}/metrics`, { headers, signal: AbortSignal.timeout(60_000) });
    const found = (await response.text()).matchAll(figures);
    return [...found].reduce((sum, [, figure]) => sum + Number(figure), 0);
  }

  #answer<T>(
    question: string | { snapshotTo: string },
    read: (said: Said) => T | undefined,
    withinMs = 30_000,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`An instance does not answer: ${JSON.stringify(question)}`));
      const timer = setTimeout(late, withinMs);
      const listen = (said: Said) => {
        const answer = read(said);
        if (answer === undefined) return;
        clearTimeout(timer);
        this.child.off('message', listen);
        resolve(answer);
      };
      this.child.on('message', listen);
      this.child.send(question);
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
