import { now } from '../matrix';
import type { Column, Sample } from '../matrix';

const EVERY_MS = 100;

/** What probes say, on its way to the conductor. Nothing is kept here, so that it does not count as growth. */
export class Reporter {
  #samples: Sample[] = [];
  #stopping = false;

  constructor() {
    process.once('disconnect', () => process.exit(0));
    process.once('SIGTERM', () => {
      this.#stopping = true;
    });
    process.on('unhandledRejection', (error) => {
      this.#send({ unhandled: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    });
    setInterval(() => this.#flush(), EVERY_MS);
  }

  /** Probes end their loops when it is true. */
  get stopping(): boolean {
    return this.#stopping;
  }

  say(column: Column, what: Omit<Sample, 'column' | 'at'> & { at?: number }): void {
    this.#samples.push({ column, at: now(), ...what });
  }

  /** Tells the conductor that the probes run. */
  ready(): void {
    this.#send({ ready: true });
  }

  /** Tells the conductor that they cannot. */
  broken(error: unknown): void {
    this.#send({ broken: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }

  /** Sends what is left; resolves when the conductor has it. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (!process.connected) return resolve();
      process.send?.({ samples: this.#samples.splice(0) }, undefined, undefined, () => resolve());
    });
  }

  #flush(): void {
    if (this.#samples.length > 0) this.#send({ samples: this.#samples.splice(0) });
  }

  #send(message: object): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  }
}
