import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { FaultCall, Told } from './messages';
import { watch } from './watcher';

const readyWithin = 15_000;
const obeyWithin = 5_000;
const stopWithin = 2_500;
const tailLength = 4_000;

/** One life of the server as a process. */
export class ServerChild {
  private output = '';
  private calls = 0;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on(
        'data',
        (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-tailLength)),
      );
    }
  }

  /**
   * Starts it and waits until it listens.
   * @param env its whole environment
   * @param watchedDirectory deleted when this process dies; none when empty
   * @throws Error with the end of its output
   */
  static async start(
    env: NodeJS.ProcessEnv,
    watchedDirectory: string,
  ): Promise<{ child: ServerChild; port: number; url: string }> {
    // From source in a test, from `dist` otherwise.
    const extension = extname(__filename);
    const execArgv = extension === '.ts' ? ['-r', require.resolve('@swc-node/register')] : [];
    const tsconfig = join(__dirname, '../../../tsconfig.lib.json');
    const process = fork(join(__dirname, `child${extension}`), {
      env: { ...env, TS_NODE_PROJECT: tsconfig },
      execArgv,
      // A group of its own: Ctrl-C in the terminal is not for the server.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const child = new ServerChild(process);
    const endWatch = watch(child.pid, watchedDirectory);
    process.once('exit', endWatch);
    const { ready } = await child
      .hear(({ ready }) => ready !== undefined, readyWithin, 'start')
      .catch(async (error) => {
        await child.kill();
        throw error;
      });
    process.unref();
    process.channel?.unref();
    for (const stream of [process.stdout, process.stderr]) (stream as unknown as { unref(): void }).unref();
    return { child, ...(ready as { port: number; url: string }) };
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws Error when it has not obeyed within 5 s, as while it is frozen */
  async tell(call: Omit<FaultCall, 'id'>): Promise<void> {
    const id = ++this.calls;
    const obeyed = this.hear(
      ({ done }) => done === id,
      obeyWithin,
      `switch ${call.name ?? 'faults'} ${call.call}`,
    );
    this.child.send({ id, ...call });
    await obeyed;
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.child.kill(name);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.child, 'exit');
    this.signal('SIGKILL');
    await gone;
  }

  /** SIGTERM, and SIGKILL if that was not heard. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.child, 'exit');
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), stopWithin);
    await gone;
    clearTimeout(timer);
  }

  /** Waits for a message; not longer than the process lives. */
  private hear(wanted: (told: Told) => boolean, within: number, what: string): Promise<Told> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.child.off('message', listen).off('exit', fail).off('error', fail);
        settle();
      };
      const listen = (told: unknown) => {
        if (wanted(told as Told)) finish(() => resolve(told as Told));
      };
      const fail = () => {
        const end = `The end of its output:\n${this.output || '(nothing)'}`;
        finish(() => reject(new Error(`The ComfyUI simulator did not ${what}. ${end}`)));
      };
      const timer = setTimeout(fail, within);
      this.child.on('message', listen).once('exit', fail).once('error', fail);
    });
  }
}
