import { RedisTimeoutError } from './redis.errors';

/** One wait that ends some time. */
interface Wait {
  readonly dueAt: number;
  readonly late: () => void;
  readonly line: Line;
  before: Wait | undefined;
  after: Wait | undefined;
  over: boolean;
}

/**
 * Waits of one length end in the order in which they began, so one timer does for all of them. It is not stopped
 * when a wait is over, only looked after when it fires: a timer for each command would cost more than the deadline.
 */
class Line {
  private first: Wait | undefined;
  private last: Wait | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  add(startedAt: number, late: () => void): Wait {
    const before = this.last;
    const wait: Wait = {
      dueAt: startedAt + this.ms,
      late,
      line: this,
      before,
      after: undefined,
      over: false,
    };
    if (before) before.after = wait;
    else this.first = wait;
    this.last = wait;
    if (this.timer === undefined) this.arm(this.ms);
    return wait;
  }

  remove(wait: Wait): void {
    if (wait.before) wait.before.after = wait.after;
    else this.first = wait.after;
    if (wait.after) wait.after.before = wait.before;
    else this.last = wait.before;
    // An old one that is still linked would keep all younger ones alive, and what they hold, until a full collection.
    wait.before = undefined;
    wait.after = undefined;
  }

  private arm(ms: number): void {
    this.timer = setTimeout(() => this.look(), Math.max(1, Math.ceil(ms)));
    this.timer.unref();
  }

  private look(): void {
    const now = performance.now();
    for (let wait = this.first; wait && wait.dueAt <= now; wait = wait.after) {
      // When the event loop itself was late, the reply may lie in the socket already; one more turn lets it be read,
      // so that our own slowness is not taken for the server's.
      const due = wait;
      setImmediate(() => {
        if (end(due)) due.late();
      });
    }
    let next = this.first;
    while (next && next.dueAt <= now) next = next.after;
    this.timer = undefined;
    if (next) this.arm(next.dueAt - now);
    else if (this.first === undefined) lines.delete(this.ms);
  }
}

const lines = new Map<number, Line>();

/**
 * Calls `late` after so many ms, unless the wait is ended before.
 * @param startedAt `performance.now()` from which they count
 */
export function begin(ms: number, startedAt: number, late: () => void): Wait {
  let line = lines.get(ms);
  if (!line) {
    line = new Line(ms);
    lines.set(ms, line);
  }
  return line.add(startedAt, late);
}

/** @returns false when it was over already */
export function end(wait: Wait): boolean {
  if (wait.over) return false;
  wait.over = true;
  wait.line.remove(wait);
  return true;
}

/** Rejects with `REDIS_TIMEOUT` when `reply` has not settled within `timeoutMs`. */
export function withDeadline<R>(reply: Promise<R>, command: string, timeoutMs: number): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const wait = begin(timeoutMs, performance.now(), () => reject(new RedisTimeoutError(command, timeoutMs)));
    reply.then(resolve, reject).finally(() => end(wait));
  });
}
