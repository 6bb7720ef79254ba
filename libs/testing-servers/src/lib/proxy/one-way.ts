import type { Socket } from 'node:net';

/** What is wrong with one direction. */
export interface WayFaults {
  held: boolean;
  dropping: boolean;
  /** Milliseconds. */
  delay: number;
  bytesPerSecond: number;
}

export const noFaults: Readonly<WayFaults> = {
  held: false,
  dropping: false,
  delay: 0,
  bytesPerSecond: Infinity,
};

/** @throws RangeError when it is not a number from 0 */
export function delayed(milliseconds: number): Partial<WayFaults> {
  if (!(milliseconds >= 0)) throw new RangeError('A delay is a number of milliseconds from 0.');
  return { delay: milliseconds };
}

/** @throws RangeError when it is not a number above 0 */
export function throttled(bytesPerSecond: number): Partial<WayFaults> {
  if (!(bytesPerSecond > 0)) throw new RangeError('A throttle is a number of bytes a second above 0.');
  return { bytesPerSecond };
}

// So much may wait for a slow reader before its writer is no longer read.
const highWater = 256 * 1024;

/** Carries the bytes of one direction from socket to socket, with its faults. */
export class OneWay {
  private readonly faults: WayFaults;
  private queue: { chunk: Buffer; due: number }[] = [];
  private source: Socket | undefined;
  private destination: Socket | undefined;
  private ending: 'end' | 'close' | undefined;
  private lineFreeAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Bytes that are here and have not gone on. */
  waiting = 0;
  /** Bytes that vanished since the last `drop`. */
  vanished = 0;

  constructor(
    faults: WayFaults,
    private readonly observer: { swallows(chunk: Buffer): boolean; changed(): void },
  ) {
    this.faults = { ...faults };
  }

  from(source: Socket): void {
    this.source = source;
    source.on('data', (chunk: Buffer) => this.receive(chunk));
    source.on('end', () => this.finish('end'));
    source.on('close', () => this.finish('close'));
  }

  to(destination: Socket): void {
    this.destination = destination;
    destination.on('drain', this.flow);
    destination.on('close', this.flow);
    this.flow();
  }

  set(faults: Partial<WayFaults>): void {
    Object.assign(this.faults, faults);
    this.flow();
  }

  release(): void {
    this.joinQueue();
    this.set({ held: false });
  }

  drop(): void {
    this.vanished = 0;
    this.set({ dropping: true });
  }

  heal(): void {
    this.joinQueue();
    if (this.queue[0]) this.queue[0].due = 0;
    this.lineFreeAt = 0;
    this.set(noFaults);
  }

  discard(): void {
    this.queue = [];
    this.waiting = 0;
  }

  /** From now on bytes and ends go nowhere; the source is still read, so that its end is seen. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.discard();
    this.source?.resume();
  }

  private receive(chunk: Buffer): void {
    if (this.stopped || this.observer.swallows(chunk)) return;
    if (this.faults.dropping) {
      this.vanished += chunk.length;
    } else {
      this.queue.push({ chunk, due: performance.now() + this.faults.delay });
      this.waiting += chunk.length;
    }
    this.flow();
  }

  private finish(ending: 'end' | 'close'): void {
    this.ending = ending;
    this.flow();
  }

  private joinQueue(): void {
    const last = this.queue.at(-1);
    if (last) this.queue = [{ chunk: Buffer.concat(this.queue.map(({ chunk }) => chunk)), due: last.due }];
  }

  private readonly flow = (): void => {
    if (this.stopped) return;
    clearTimeout(this.timer);
    if (this.destination && !this.faults.held) this.pump(this.destination);
    if (!this.faults.held && this.waiting >= highWater) this.source?.pause();
    else this.source?.resume();
    this.observer.changed();
  };

  private pump(destination: Socket): void {
    for (let head = this.queue[0]; head; head = this.queue[0]) {
      if (destination.writableNeedDrain) return;
      const wait = Math.max(head.due, this.lineFreeAt) - performance.now();
      if (wait > 0) {
        this.timer = setTimeout(this.flow, Math.ceil(wait));
        return;
      }
      this.send(head, destination);
    }
    this.passEndOn(destination);
  }

  private send(head: { chunk: Buffer }, destination: Socket): void {
    const { bytesPerSecond } = this.faults;
    const piece = head.chunk.subarray(0, Math.ceil(bytesPerSecond / 50));
    head.chunk = head.chunk.subarray(piece.length);
    if (head.chunk.length === 0) this.queue.shift();
    this.waiting -= piece.length;
    this.lineFreeAt = performance.now() + (piece.length / bytesPerSecond) * 1_000;
    if (destination.writable) destination.write(piece);
    else this.vanished += piece.length;
  }

  private passEndOn(destination: Socket): void {
    if (!this.ending) return;
    // Nobody is left to be told.
    if (destination.destroyed) this.source?.destroy();
    else if (this.faults.dropping) return;
    else if (this.ending === 'end') destination.end();
    else destination.destroySoon();
  }
}
