import { groupBySlot } from '../connection/cluster/key-slot';
import { readMany } from '../connection/read-many';
import type { RedisLink } from '../connection/redis-link';
import { RedisTimeoutError } from '../connection/redis.errors';
import { currentRedisScope } from '../connection/request-scope';
import type { RedisRequestScope } from '../connection/request-scope';

/** Bytes that one MGET is meant to bring: with more, the server idles while we parse, and we while it writes. */
const TARGET_BYTES = 80 * 1_024;
const MOST_KEYS = 512;

/** What the server said, in the order of the keys; null also for a value of another type. */
export type Answers = readonly (Buffer | null)[];

/**
 * One MGET on its way (in a Cluster one for each slot), and the keys that were invalidated while it was: what it brought
 * of these may be old and is not kept in a near cache (the placeholder of Redis' own documentation, but one for the
 * whole batch).
 */
export class ReadBatch {
  readonly keys: string[] = [];
  /** Undefined when Redis did not answer. Never rejects: what it does not say is a miss. */
  readonly reply: Promise<Answers | undefined>;
  private readonly places = new Map<string, number>();
  private dirty: Set<string> | undefined;
  private allDirty = false;
  /** Places whose master did not answer when others of the Cluster did; undefined when there are none. */
  unread: Set<number> | undefined;
  /** Keys that other data serves since it was sent; undefined when there are none. */
  private doubts: ReadonlySet<string>[] | undefined;
  /** `Date.now()` when it was sent. */
  sentAt = 0;
  /** `Date.now()` when it was answered. */
  answeredAt = 0;
  /** @internal Where it stands among those that are under way. */
  lane = 0;
  /** @internal */
  answer!: (answers: Answers | undefined) => void;
  /** @internal */
  timedOut = false;

  /**
   * @param number no other batch of the process has it
   * @param room how many keys it is meant to take
   */
  constructor(
    readonly number: number,
    private readonly room: number,
  ) {
    this.reply = new Promise((resolve) => (this.answer = resolve));
  }

  get full(): boolean {
    return this.keys.length >= this.room;
  }

  /** Where the answer for this key will be. */
  place(key: string): number {
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const place = this.keys.push(key) - 1;
    this.places.set(key, place);
    return place;
  }

  /** Like {@link place} for a key that is not in the batch yet, as the caller knows. Twice does no harm. */
  append(key: string): number {
    return this.keys.push(key) - 1;
  }

  isDirty(key: string): boolean {
    return this.allDirty || (this.dirty !== undefined && this.dirty.has(key));
  }

  get hasDoubts(): boolean {
    return this.doubts !== undefined;
  }

  /** Whether the answer may come from one who did not know yet that the key had been invalidated. */
  isDoubtful(key: string): boolean {
    return this.doubts !== undefined && this.doubts.some((keys) => keys.has(key));
  }

  /** @internal */
  doubt(keys: ReadonlySet<string>): void {
    (this.doubts ??= []).push(keys);
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
  private made = 0;

  constructor(
    private readonly link: RedisLink,
    private readonly timeoutMs: number,
  ) {}

  /** The batch that is being collected. Place keys in it before the next `await`. */
  batch(): ReadBatch {
    const open = this.opened.at(-1);
    if (open && !open.full) return open;
    const batch = new ReadBatch((this.made += 1), this.fitting);
    if (this.opened.push(batch) === 1) process.nextTick(() => this.sendOpened());
    batch.lane = this.underWay.push(batch) - 1;
    return batch;
  }

  /**
   * Waits for a batch on behalf of one request, which goes on without Redis after its first timeout.
   * @returns undefined when Redis did not answer
   */
  answerOf(batch: ReadBatch): Promise<Answers | undefined> {
    const scope = currentRedisScope();
    return scope === undefined ? batch.reply : this.answerWithin(scope, batch);
  }

  private async answerWithin(scope: RedisRequestScope, batch: ReadBatch): Promise<Answers | undefined> {
    if (scope.gaveUp) return undefined;
    const answers = await batch.reply;
    if (batch.timedOut) scope.gaveUp = true;
    return answers;
  }

  /** A key changed, or (without one) any may have: what is on its way may be from before. */
  invalidated(key?: string): void {
    for (const batch of this.underWay) batch.invalidated(key);
  }

  /** Other data serves these keys, and their invalidation is repeated there: it may be later than what is on its way. */
  doubt(keys: ReadonlySet<string>): void {
    for (const batch of this.underWay) batch.doubt(keys);
  }

  private sendOpened(): void {
    const { opened } = this;
    this.opened = [];
    if (opened.length > 1) this.link.gatherTick();
    for (const batch of opened) this.send(batch);
  }

  private send(batch: ReadBatch): void {
    const { keys } = batch;
    if (keys.length === 0) {
      this.arrived(batch);
      return batch.answer([]);
    }
    batch.sentAt = Date.now();
    if (this.link.clustered) return this.sendBySlot(batch);
    this.link.dispatch(
      'mget',
      (driver) => readMany(driver, keys),
      this.timeoutMs,
      (answers) => this.answered(batch, answers),
      (error) => {
        this.arrived(batch);
        batch.timedOut = error instanceof RedisTimeoutError;
        batch.answer(undefined);
      },
    );
  }

  /** All slots at the same time; what one master does not answer keeps nobody from what the others say. */
  private sendBySlot(batch: ReadBatch): void {
    const answers = new Array<Buffer | null>(batch.keys.length).fill(null);
    const groups = groupBySlot(batch.keys);
    let awaited = groups.size;
    const settled = () => {
      awaited -= 1;
      if (awaited > 0) return;
      if (batch.unread?.size !== answers.length) return this.answered(batch, answers);
      this.arrived(batch);
      batch.answer(undefined);
    };
    for (const [slot, places] of groups) {
      const keys = places.map((place) => batch.keys[place] as string);
      this.link.dispatch(
        'mget',
        (driver) => readMany(driver, keys),
        this.timeoutMs,
        (found) => {
          for (let i = 0; i < places.length; i++) answers[places[i] as number] = found[i] ?? null;
          settled();
        },
        (error) => {
          batch.timedOut ||= error instanceof RedisTimeoutError;
          batch.unread ??= new Set();
          for (const place of places) batch.unread.add(place);
          settled();
        },
        undefined,
        slot,
      );
    }
  }

  private answered(batch: ReadBatch, answers: Answers): void {
    this.learnSize(answers);
    this.arrived(batch);
    batch.answeredAt = Date.now();
    batch.answer(answers);
  }

  private arrived(batch: ReadBatch): void {
    const last = this.underWay.pop();
    if (last === undefined || last === batch) return;
    this.underWay[batch.lane] = last;
    last.lane = batch.lane;
  }

  private learnSize(answers: Answers): void {
    let bytes = 0;
    for (const value of answers) if (value !== null) bytes += value.length;
    const fits = Math.min(MOST_KEYS, TARGET_BYTES / Math.max(1, bytes / answers.length));
    this.fitting = 0.8 * this.fitting + 0.2 * fits;
  }
}

/** A value that is plain ASCII, such as the version of a tag. */
export function textOf(value: Buffer | null | undefined): string | undefined {
  return value?.toString('latin1');
}
