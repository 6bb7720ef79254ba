import type { RedisClient } from '../../lib/client/redis-client';
import type { RedisKey } from '../../lib/client/redis-key';
import type { Answer, LeaseScripts } from '../../lib/lease/lease-scripts';
import { LeaseModel } from './lease-model';
import type { ModelHolder, ModelRefusal } from './lease-model';
import type { StoredLease, StoredLeases } from './stored-lease';

/** What a sequence of commands runs against. */
export interface LeaseServer {
  readonly client: RedisClient;
  readonly prefix: string;
  /** Marks of channels to which somebody listens, and of one to which nobody does. */
  readonly channels: { heard: readonly string[]; unheard: string };
  readonly scripts: LeaseScripts;
  readonly stored: StoredLeases;
}

type Effect = 'clock set back' | 'all lost';

/** A command that was sent, and what it has led to by the model. */
interface Step {
  readonly what: string;
  readonly holders: readonly (ModelHolder & { leftMs: number })[];
  readonly line: readonly string[];
  readonly effect: Effect | undefined;
  /** Resolves to what holds the answer against the model, to be called when the tokens are known. */
  readonly answered: Promise<() => void>;
  readonly found: Promise<StoredLease>;
}

/** By so much a clock is set back. */
const HOUR_US = 3_600_000_000;
/** Leases of the model end at multiples of 500 ms: what passes by itself meanwhile must not end another. */
const MOST_PASSED_MS = 400;
const PATIENCE_MS = 10_000;
const LONGEST_LIFE_MS = 2 * 3_600_000;
const TOKEN_LIFE_MS = 3_600_000;
/** Times-to-live follow a clock that the server reads once in a while. */
const CACHED_CLOCK_MS = 100;

/**
 * One sequence of commands on one lease. Each is sent without waiting for the answer to the one before, and is followed
 * by a look at what lies in Redis then; in the end all of it is held against the model.
 */
export class LeaseRun {
  readonly model: LeaseModel;
  private readonly steps: Step[] = [];
  private readonly began: Promise<StoredLease>;
  private readonly keys: readonly [lease: string, line: string];
  /** Of each grant, as far as they were seen. */
  private readonly tokens: number[] = [];
  /** The highest that was given, or what a clock that was set back makes of it. */
  private highest = 0;
  /** How long the sequence had been running at the step that is verified, in ms. */
  private passedMs = 0;

  constructor(
    private readonly server: LeaseServer,
    private readonly name: RedisKey,
    private readonly permits: number,
    /** Whether a client is woken when it is its turn. */
    private readonly hears: (client: string) => boolean,
  ) {
    this.model = new LeaseModel(permits, hears, (client) => this.markOf(client));
    this.keys = [`${server.prefix}${name}`, `${server.prefix}${name}:queue`];
    this.began = server.stored.look(this.keys);
  }

  /** How many commands there were. */
  get length(): number {
    return this.steps.length;
  }

  acquire(client: string, ttl: number, waits: boolean): void {
    const expected = this.model.acquire(client, ttl, waits);
    const reply = this.server.scripts.acquire(this.identity(client), ttl, waits);
    const newest = Math.max(...this.model.holders.map(({ grant }) => grant));
    const endFirst = this.model.endingFirst.map(({ id }) => id);
    this.did(`${client} asks for ${ttl} ms${waits ? ', in line' : ''}`, reply, (answer) =>
      this.checkAnswer(answer, expected, endFirst, newest),
    );
  }

  renew(client: string, ttl: number): void {
    const expected = this.model.renew(client, ttl);
    const reply = this.server.scripts.renew(this.identity(client), ttl, PATIENCE_MS);
    this.did(`${client} renews for ${ttl} ms`, reply, (renewed) => equal('renewed', renewed, expected));
  }

  /** Gives back, or leaves the line. */
  release(client: string): void {
    const ranOut = this.model.ranOutLast === client;
    const expected = this.model.release(client);
    const reply = this.server.scripts.release(this.identity(client));
    this.did(`${client} releases`, reply, (released) => {
      // Who ran out, and after whom nobody held it, may be told either.
      if (!ranOut) equal('released', released, expected);
    });
  }

  elapse(ms: number): void {
    this.model.elapse(ms);
    this.did(`${ms} ms pass`, this.server.stored.elapse(this.keys, ms));
  }

  setClockBack(): void {
    this.did(
      'the clock is set back',
      this.server.stored.setClockBack(this.keys),
      undefined,
      'clock set back',
    );
  }

  lose(): void {
    this.model.lose();
    const gone = this.server.client.delete(this.name, `${this.name}:queue`);
    this.did('all is lost', gone, undefined, 'all lost');
  }

  /**
   * Waits for all answers.
   *
   * @returns false when so much time has passed meanwhile that nothing can be said
   * @throws Error with what was not as it should be, and after which commands
   */
  async verify(): Promise<boolean> {
    const began = (await this.began).at;
    const found = await Promise.all(this.steps.map((step) => step.found));
    const checks = await Promise.all(this.steps.map((step) => step.answered));
    if ((found.at(-1)?.at ?? began) - began > MOST_PASSED_MS * 1_000) return false;
    this.steps.forEach((step, i) => {
      const stored = found[i] as StoredLease;
      this.passedMs = (stored.at - began) / 1_000;
      try {
        this.learnTokens(step, stored, found[i - 1]?.at ?? began);
        checks[i]?.();
        this.checkStored(step, stored);
      } catch (error) {
        const past = this.steps.slice(0, i + 1).map(({ what }) => what);
        throw new Error(`${(error as Error).message}\nafter: ${past.join('; ')}`, { cause: error });
      }
    });
    return true;
  }

  private identity(client: string) {
    const id = `${this.markOf(client)}/1/${client}`;
    return { kind: 'lock' as const, keys: this.keys, id, permits: this.permits };
  }

  /** Of the process that a client is in: there are two that hear. */
  private markOf(client: string): string {
    const { heard, unheard } = this.server.channels;
    return this.hears(client) ? (heard[client.charCodeAt(0) % heard.length] as string) : unheard;
  }

  private did<A>(what: string, reply: Promise<A>, check?: (answer: A) => void, effect?: Effect): void {
    const { model } = this;
    const holders = model.holders.map((holder) => ({ ...holder, leftMs: model.leftMs(holder) }));
    const answered = reply.then(
      (answer) => () => check?.(answer),
      (error: unknown) => () => {
        throw error;
      },
    );
    const found = this.server.stored.look(this.keys);
    this.steps.push({ what, holders, line: [...model.line], effect, answered, found });
  }

  private checkAnswer(
    answer: Answer,
    expected: ModelHolder | ModelRefusal,
    endFirst: readonly string[],
    newest: number,
  ): void {
    if ('grant' in expected) return equal('token', answer, this.tokens[expected.grant]);
    if (typeof answer === 'number') throw new Error(`granted token ${answer}, to be refused`);
    equal('place in line', answer.ahead, expected.ahead);
    this.checkLeft('of the lease that ends first', answer.ends - answer.now, expected.endsInMs);
    equal('highest token', answer.holder?.token, this.tokens[newest]);
    const holder = answer.holder?.process ?? 'nobody';
    if (!endFirst.includes(holder)) throw new Error(`held by ${holder}, to be one of ${endFirst}`);
  }

  /** A token is the clock's time, or one more than the highest when the clock is behind. */
  private learnTokens({ holders, effect }: Step, { holders: stored, at }: StoredLease, before: number): void {
    if (effect === 'clock set back') this.highest += HOUR_US;
    if (effect === 'all lost') this.highest = Math.min(this.highest, at);
    for (const { id, grant } of holders) {
      if (grant < this.tokens.length) continue;
      const token = stored.find((holder) => clientOf(holder.id) === id)?.token ?? NaN;
      const next = this.highest + 1;
      if (token !== next && !(token > next && token >= before && token <= at)) {
        throw new Error(`${id} has token ${token}, to be the time (${before} to ${at}) or ${next}`);
      }
      this.tokens.push(token);
      this.highest = token;
    }
  }

  private checkStored(step: Step, stored: StoredLease): void {
    const found = stored.holders.map(({ id }) => clientOf(id)).sort();
    equal('holders', found, step.holders.map(({ id }) => id).sort());
    for (const { id, leftMs, grant } of step.holders) {
      const holder = stored.holders.find((other) => clientOf(other.id) === id);
      this.checkLeft(`of ${id}`, holder?.leftMs ?? NaN, leftMs);
      equal(`token of ${id}`, holder?.token, this.tokens[grant]);
    }
    equal('line', stored.line.map(clientOf), step.line);
    // The keys outlive what they are needed for, and none stays for ever.
    const aheadMs = Math.max(0, (this.highest - stored.at) / 1_000);
    for (const ttl of stored.timesToLive) {
      if (!(ttl > 0 && ttl < LONGEST_LIFE_MS + aheadMs)) throw new Error(`a key that lives for ${ttl} ms`);
    }
    // A token is remembered until the clock is well past it.
    const newest = Math.max(0, ...step.holders.map(({ grant }) => this.tokens[grant] ?? 0));
    const least = aheadMs + TOKEN_LIFE_MS - this.passedMs - CACHED_CLOCK_MS;
    if (newest > 0 && newest === this.highest && !((stored.timesToLive[0] ?? 0) >= least)) {
      throw new Error(`a token that is remembered for ${stored.timesToLive[0]} ms, to be ${least}`);
    }
    const longest = Math.max(0, ...step.holders.map(({ leftMs }) => leftMs));
    if (!((stored.timesToLive[0] ?? 0) >= longest))
      throw new Error('the lease is forgotten while it is held');
  }

  private checkLeft(what: string, found: number, expected: number): void {
    // The server counts whole milliseconds.
    if (found <= expected && found >= expected - this.passedMs - 1) return;
    throw new Error(`${found} ms left ${what}, to be ${expected} less ${this.passedMs}`);
  }
}

function clientOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function equal(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one}, to be ${other}`);
}
