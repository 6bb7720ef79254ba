import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { guard } from '@sluice/testing-servers';
import type { Sample, Span } from '../matrix';

interface Message {
  readonly answer?: string;
  readonly value?: number;
  readonly stall?: Span;
  readonly samples?: readonly Sample[];
  readonly unhandled?: string;
  readonly broken?: string;
  readonly ready?: true;
}

export interface ProcessOptions {
  /** Absolute path of what it runs. */
  main: string;
  env: Readonly<Record<string, string>>;
  /** From the sources, through SWC. */
  source?: boolean;
}

const HOOK = join(__dirname, 'hook.cjs');
const WORKSPACE = join(__dirname, '../../../../..');
const ANSWER_WITHIN_MS = 20_000;
const STOPS_WITHIN_MS = 15_000;

/** A process of the matrix: one that is served, or one that asks. It says what it sees, and never outlives this one. */
export class ServedProcess {
  readonly samples: Sample[] = [];
  readonly stalls: Span[] = [];
  /** Of unhandled rejections; the API ends at the first. */
  readonly unhandled: string[] = [];
  output = '';
  #ready = false;
  #broken: string | undefined;
  readonly #answers = new Map<string, (value: number) => void>();

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    const watch = guard(child.pid as number, 'SIGKILL');
    child.once('exit', () => watch.dismiss());
    child.on('message', (message) => this.#received(message as Message));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-200_000)));
    }
  }

  static start(name: string, { main, env, source = false }: ProcessOptions): ServedProcess {
    const compile = ['--conditions=@sluice/source', '--require=@swc-node/register'];
    const child = fork(main, {
      execArgv: ['--expose-gc', `--require=${HOOK}`, ...(source ? compile : [])],
      env: {
        PATH: process.env['PATH'],
        ...(source && { SWC_NODE_PROJECT: join(WORKSPACE, 'tsconfig.base.json') }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new ServedProcess(name, child);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Whether it has said that it is ready. @throws Error when it is gone, or says that it cannot */
  get ready(): boolean {
    if (!this.running || this.#broken) {
      throw new Error(`${this.name} ended or broke: ${this.#broken ?? ''}\n${this.output.slice(-3_000)}`);
    }
    return this.#ready;
  }

  /** Forgets what was seen so far: another row begins. */
  forget(): void {
    for (const list of [this.samples, this.stalls, this.unhandled]) list.splice(0);
  }

  /** Bytes in use after garbage was collected, or undefined when it does not say. */
  memory(): Promise<number | undefined> {
    return this.#ask('memory');
  }

  /** How many look-ups of names were refused. */
  async refusedLookups(): Promise<number> {
    return (await this.#ask('lookups')) ?? 0;
  }

  /** Whether names that end in `.chaos.test` can be resolved. */
  names(known: boolean): void {
    if (this.child.connected) this.child.send({ names: known });
  }

  /** SIGTERM, and SIGKILL when it does not end by that. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const exited = once(this.child, 'exit');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOPS_WITHIN_MS);
    this.child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  }

  #ask(question: string): Promise<number | undefined> {
    if (!this.child.connected) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
      this.#answers.set(question, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      this.child.send({ ask: question });
    });
  }

  #received({ answer, value, stall, samples, unhandled, broken, ready }: Message): void {
    if (answer !== undefined && value !== undefined) this.#answers.get(answer)?.(value);
    if (stall) this.stalls.push(stall);
    if (samples) this.samples.push(...samples);
    if (unhandled) this.unhandled.push(unhandled);
    if (broken) this.#broken = broken;
    if (ready) this.#ready = true;
  }
}
