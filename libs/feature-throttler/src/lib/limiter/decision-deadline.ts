import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { currentRedisScope, outsideRedisScope } from '@sluice/data-access-redis';
import { THROTTLER_CONFIG, type ThrottlerConfig } from '../throttler.options';

/** A decision that is waited for. */
export interface Awaited {
  /** `performance.now()` */
  dueAt: number;
  readonly over: boolean;
  /** Called when it is due and not over. */
  late(): void;
}

interface Race<R> {
  ask: () => Promise<R>;
  /** Called when asking failed or took too long. */
  otherwise: () => R;
  /** The answer that was not waited for, and what was decided without it. Not on behalf of the request any more. */
  cameLate: (answer: R, decided: R) => void;
}

/**
 * Bounds how long decisions wait. They are due in the order in which they began, so one timer does for all; it is not
 * stopped when one is over, only looked after when it fires.
 */
@Injectable()
export class DecisionDeadline implements OnApplicationShutdown {
  private readonly ms: number;
  private waiting: Awaited[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(@Inject(THROTTLER_CONFIG) { deadlineMs }: ThrottlerConfig) {
    this.ms = deadlineMs;
  }

  /** @param startedAt `performance.now()` */
  begin(decision: Awaited, startedAt: number): void {
    // Who closes the app is not kept waiting, and no timer is left behind.
    if (this.closed) return decision.late();
    decision.dueAt = startedAt + this.ms;
    this.waiting.push(decision);
    if (this.timer === undefined) this.arm(this.ms);
  }

  /** What `ask` answers in time; else what `otherwise` does. */
  race<R>({ ask, otherwise, cameLate }: Race<R>): Promise<R> {
    return new Promise<R>((resolve) => {
      const scope = currentRedisScope();
      let over = false;
      let decided: R;
      const decide = (answer: R) => {
        over = true;
        decided = answer;
        resolve(answer);
      };
      this.begin(
        {
          dueAt: 0,
          get over() {
            return over;
          },
          late: () => {
            if (scope) scope.gaveUp = true;
            decide(otherwise());
          },
        },
        performance.now(),
      );
      ask().then(
        (answer) => (over ? outsideRedisScope(() => cameLate(answer, decided)) : decide(answer)),
        () => {
          if (!over) decide(otherwise());
        },
      );
    });
  }

  onApplicationShutdown(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const decision of this.waiting.splice(0)) if (!decision.over) decision.late();
  }

  private arm(ms: number): void {
    // Not bound to the request that happens to be first.
    this.timer = outsideRedisScope(() => setTimeout(() => this.look(), Math.max(1, Math.ceil(ms))));
    this.timer.unref();
  }

  private look(): void {
    const now = performance.now();
    let done = 0;
    for (const decision of this.waiting) {
      if (!decision.over && decision.dueAt > now) break;
      done += 1;
      // When this process itself was slow, the answer may lie in the socket: one more turn lets it be read.
      if (!decision.over) setImmediate(() => void (decision.over || decision.late()));
    }
    this.waiting.splice(0, done);
    this.timer = undefined;
    const [next] = this.waiting;
    if (next) this.arm(next.dueAt - now);
  }
}
