import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { type Guard, guard } from './guard';
import { pollUntil } from './poll-until';
import { childrenOf, isAlive, signal } from './process-tree';

/** How one kind of server is run. */
export interface ServerDefinition {
  /** For messages, such as `Redis`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly identity?: { readonly uid: number; readonly gid: number };
  /** Asked every 20 ms after the start; must itself be bounded. */
  isReady(pid: number): boolean | Promise<boolean>;
  /** What `stop()` sends first; SIGKILL follows after 2.5 s. */
  readonly stopSignal: NodeJS.Signals;
  /** A folder that goes with the server. */
  readonly scratch?: string;
}

const readyWithin = 30_000;
const stopWithin = 2_500;
const tailLength = 4_000;

/** A server as a child process: started and waited for, broken on purpose, and certainly gone in the end. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private guard: Guard | undefined;
  private output = '';
  private stopped: Promise<void> | undefined;

  constructor(private readonly definition: ServerDefinition) {}

  /** Its process id, or that of its last life. */
  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Whether the process is there; true while it is frozen. */
  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws Error with the end of the server's output when it does not come up. */
  async start(): Promise<void> {
    const { name, command, args, env, identity, stopSignal, scratch } = this.definition;
    if (this.stopped) throw new Error(`${name} was stopped for good; start a new one instead.`);
    this.output = '';
    // A group of its own: Ctrl-C in the terminal is not for the server, its owner decides when it goes.
    const child = spawn(command, args, {
      env,
      ...identity,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.on('error', (error) => this.keep(`${error.message}\n`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => this.keep(chunk.toString()));
      (stream as Socket).unref();
    }
    if (child.pid === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error(`${name} could not be run:\n${this.output}`);
    }
    child.unref();
    const watch = guard(child.pid, stopSignal, scratch);
    this.guard = watch;
    child.once('exit', () => watch.dismiss());

    const pid = child.pid;
    const settled = await pollUntil(
      async () => !this.running || (await this.definition.isReady(pid)),
      readyWithin,
    );
    if (settled && this.running) return;
    const reason = settled ? 'ended while it was starting' : `was not ready within ${readyWithin / 1000} s`;
    await this.kill();
    throw new Error(`${name} ${reason}. The end of its output:\n${this.output || '(nothing)'}`);
  }

  /** SIGSTOP for the server and all its workers. The kernel still accepts connections for it. */
  freeze(): void {
    // The parent first, so that it starts no further worker meanwhile.
    if (!this.running) return;
    signal(this.pid, 'SIGSTOP');
    const workers = childrenOf(this.pid);
    this.guard?.frozen(workers);
    for (const worker of workers) signal(worker, 'SIGSTOP');
  }

  /** SIGCONT for the server and all its workers. */
  thaw(): void {
    if (!this.running) return;
    for (const pid of [...childrenOf(this.pid), this.pid]) signal(pid, 'SIGCONT');
    this.guard?.frozen([]);
  }

  /** SIGKILL; resolves when the server and its workers are gone. */
  async kill(): Promise<void> {
    if (!this.running) return;
    const pids = [this.pid, ...childrenOf(this.pid)];
    for (const pid of pids) signal(pid, 'SIGKILL');
    const gone = await pollUntil(() => !this.running && !pids.some(isAlive), stopWithin);
    if (!gone)
      throw new Error(`${this.definition.name} (process ${this.pid}) survived SIGKILL for ${stopWithin} ms.`);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Ends the server for good and deletes its scratch folder. Safe to call twice, and on a frozen or dead one. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    if (this.running) {
      this.thaw();
      signal(this.pid, this.definition.stopSignal);
      await pollUntil(() => !this.running, stopWithin);
    }
    await this.kill();
    const { scratch } = this.definition;
    if (scratch) await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  private keep(text: string): void {
    this.output = (this.output + text).slice(-tailLength);
  }
}
