import type { ChildProcess } from 'node:child_process';

type Message =
  { call: number; name: string; argument: unknown } | { answer: number; value?: unknown; error?: string };

/** What the other side may call, by name. */
export type Callable = Record<string, (argument: never) => unknown>;

/** Calls in both directions between a process and one that it forked. */
export class RemoteCalls {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private last = 0;

  constructor(
    private readonly peer: ChildProcess | NodeJS.Process,
    private readonly callable: Callable,
  ) {
    peer.on('message', (message) => this.received(message as Message));
    peer.on('disconnect', () => this.ended());
  }

  /** @throws Error with the message of the other side's, or when it is gone */
  call<R>(name: string, argument?: unknown): Promise<R> {
    const call = ++this.last;
    return new Promise<unknown>((resolve, reject) => {
      this.waiting.set(call, { resolve, reject });
      this.send({ call, name, argument });
    }) as Promise<R>;
  }

  private received(message: Message): void {
    if ('call' in message) return void this.answer(message);
    const waiter = this.waiting.get(message.answer);
    this.waiting.delete(message.answer);
    if (message.error === undefined) waiter?.resolve(message.value);
    else waiter?.reject(new Error(message.error));
  }

  private async answer({ call, name, argument }: Extract<Message, { call: number }>): Promise<void> {
    try {
      const work = this.callable[name];
      if (!work) throw new Error(`nobody answers to "${name}"`);
      this.send({ answer: call, value: await work(argument as never) });
    } catch (error) {
      this.send({
        answer: call,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }

  private send(message: Message): void {
    if (!this.peer.connected) return this.ended();
    this.peer.send?.(message, undefined, undefined, (error) => error && this.ended());
  }

  private ended(): void {
    for (const { reject } of this.waiting.values()) reject(new Error('the other process is gone'));
    this.waiting.clear();
  }
}
