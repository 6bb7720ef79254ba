import type { RedisConnection } from '../connection/redis-connection';
import { RedisTimeoutError, RedisUnavailableError } from '../connection/redis.errors';
import { currentRedisScope } from '../connection/request-scope';
import type { RedisRequestScope } from '../connection/request-scope';

/** Bytes that one MGET is meant to bring: with more, the server idles while we parse, and we while it writes. */
const TARGET_BYTES = 80 * 1_024;
const MOST_KEYS = 512;

/**
 * One MGET on its way, and the keys that were invalidated while it was: what it brought of these may be old and is
 * not kept in a near cache (the placeholder of Redis' own documentation, but one for the whole batch).
 */
export class ReadBatch {
  readonly keys: string[] = [];
  /** What the server said, in the order of `keys`; null also for a value of another type. */
  readonly reply: Promise<(Buffer | null)[]>;
  private readonly places = new Map<string, number>();
  private dirty: Set<string> | undefined;
  private allDirty = false;
  /** `Date.now()` when it was sent. */
  sentAt = 0;
  /** @internal Where it stands among those that are under way. */
  lane = 0;
  /** @internal */
  answer!: (values: (Buffer | null)[]) => void;
  /** @internal */
  refuse!: (error: unknown) => void;

  constructor() {
    this.reply = new Promise((resolve, reject) => {
      this.answer = resolve;
      this.refuse = reject;
    });
    this.reply.catch(() => undefined); // every reader sees it; nobody may be left
  }

  /** Where the answer for this key will be. */
  place(key: string): number {
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const place = this.keys.push(key) - 1;
    this.places.set(key, place);
    return place;
  }

  /** Like {@link place} for a key of which it is known that it is not in the batch yet, or that twice is no matter. */
  append(key: string): number {
    return this.keys.push(key) - 1;
  }

  isDirty(key: string): boolean {
    return this.allDirty || (this.dirty !== undefined && this.dirty.has(key));
  }

  /** @internal */
  invalidated(key: string | undefined): void {
    if (key === undefined) this.allDirty = true;
    else (this.dirty ??= new Set()).add(key);
  }
}

/**
 * Reads of one tick become one MGET. They are collected until the promises that are due have run (`nextTick` comes
 * after them), so a reader alone waits for nobody and a crowd shares one command.
 */
export class BatchedReads {
  /** The batches of this tick; the last is being collected. */
  private opened: ReadBatch[] = [];
  /** How many keys bring the bytes aimed at, by the size of the values of late. */
  private fitting = MOST_KEYS;
  /**
   * Batches that are not answered yet, each knowing its place. A `Set` leaves a chain of discarded tables behind when
   * members come and go, and through these the collector takes answers for live long after they are not.
   */
  private readonly underWay: ReadBatch[] = [];

  constructor(
    private readonly connection: RedisConnection,
    private readonly timeoutMs: number,
  ) {}

  /** The batch that is being collected. Place keys in it before the next `await`. */
  batch(): ReadBatch {
    const open = this.opened.at(-1);
    if (open && open.keys.length < this.fitting) return open;
    const batch = new ReadBatch();
    if (this.opened.push(batch) === 1) process.nextTick(() => this.sendOpened());
    batch.lane = this.underWay.push(batch) - 1;
    return batch;
  }

  /**
   * Waits for a batch on behalf of one request, which goes on without Redis after its first timeout.
   * @throws RedisError
   */
  answerOf(batch: ReadBatch): Promise<(Buffer | null)[]> {
    const scope = currentRedisScope();
    return scope === undefined ? batch.reply : this.answerWithin(scope, batch);
  }

  private async answerWithin(scope: RedisRequestScope, batch: ReadBatch): Promise<(Buffer | null)[]> {
    if (scope.gaveUp) {
      throw new RedisUnavailableError('This request has already waited for Redis once.', { command: 'mget' });
    }
    try {
      return await batch.reply;
    } catch (error) {
      if (error instanceof RedisTimeoutError) scope.gaveUp = true;
      throw error;
    }
  }

  /** A key changed, or (without one) any may have: what is on its way may be from before. */
  invalidated(key?: string): void {
    for (const batch of this.underWay) batch.invalidated(key);
  }

  private sendOpened(): void {
    const { opened } = this;
    this.opened = [];
    if (opened.length > 1) this.connection.gatherTick();
    for (const batch of opened) this.send(batch);
  }

  private send(batch: ReadBatch): void {
    const { keys } = batch;
    batch.sentAt = Date.now();
    this.connection.dispatch(
      'mget',
      (driver) => driver.mgetBuffer(keys),
      this.timeoutMs,
      (values) => {
        this.learnSize(values);
        this.arrived(batch);
        batch.answer(values);
      },
      (error) => {
        this.arrived(batch);
        batch.refuse(error);
      },
    );
  }

  private arrived(batch: ReadBatch): void {
    const last = this.underWay.pop();
    if (last === undefined || last === batch) return;
    this.underWay[batch.lane] = last;
    last.lane = batch.lane;
  }

  private learnSize(values: (Buffer | null)[]): void {
    let bytes = 0;
    for (const value of values) if (value !== null) bytes += value.length;
    const fits = Math.min(MOST_KEYS, TARGET_BYTES / Math.max(1, bytes / values.length));
    this.fitting = 0.8 * this.fitting + 0.2 * fits;
  }
}

/** A value that is plain ASCII, such as the version of a tag. */
export function textOf(value: Buffer | null | undefined): string | undefined {
  return value?.toString('latin1');
}
