import { fork } from 'node:child_process';

/** A contender in a process of its own, so that it has its own heap, its own compiled code and its own CPU time. */
export class ContenderProcess {
  #child;
  #calls = new Map();
  #next = 0;
  #ended;
  #output = '';

  /**
   * @param {URL} main
   * @param {string[]} words
   */
  constructor(main, words) {
    this.#child = fork(main, words, {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk) => (this.#output = `${this.#output}${chunk}`.slice(-2_000)));
    }
    this.#child.on('message', ({ call, value, error }) => {
      const { resolve, reject } = this.#calls.get(call) ?? {};
      this.#calls.delete(call);
      if (error === undefined) resolve?.(value);
      else reject?.(new Error(error));
    });
    this.#ended = new Promise((resolve) => {
      const end = () => {
        for (const { reject } of this.#calls.values())
          reject(new Error(`its process ended: ${this.#output.trim()}`));
        this.#calls.clear();
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('exit', end);
    });
  }

  /**
   * @param {string} method
   * @param {object} [argument]
   * @param {number} [within] ms after which the process is given up
   */
  async call(method, argument, within = 60_000) {
    if (!this.#child.connected) throw new Error(`its process ended: ${this.#output.trim()}`);
    const call = this.#next++;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), within);
    try {
      return await new Promise((resolve, reject) => {
        this.#calls.set(call, { resolve, reject });
        this.#child.send({ call, method, argument });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGKILL: it has no time for a farewell. Resolves when it is gone. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async close() {
    await this.call('close', undefined, 5_000).catch(() => undefined);
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.#ended;
    clearTimeout(timer);
  }
}
