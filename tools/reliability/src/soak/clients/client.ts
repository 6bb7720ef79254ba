import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../journal';
import type { Timeline } from '../timeline';
import { INSTANCES, type World } from '../world';

export interface Asked<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  /** Of the request, by `performance.now()`. */
  readonly begunAt: number;
  /** Which instance has answered. */
  readonly instance: number;
}

export interface AskOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** By chance by default. */
  at?: number;
}

export interface Account {
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
  user: { id: string };
}

const ANSWER_WITHIN_MS = 15_000;
const THINKS_MS = 300;
/** The shortest one of the database. */
const DATABASE_CONNECT_TIMEOUT_MS = 2_000;

/** The answer was not one of those that may come; it is in the journal. */
export class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';
}

/** One person: an address of his own, requests one after the other, at whichever instance. */
export class Client {
  readonly #address: string;

  constructor(
    private readonly world: World,
    readonly journal: Journal,
    private readonly random: () => number,
    number: number,
  ) {
    this.#address = `10.1.${Math.floor(number / 250)}.${1 + (number % 250)}`;
  }

  /** One of the instances. */
  anywhere(): number {
    return Math.floor(this.random() * INSTANCES);
  }

  /** All but this one. */
  elsewhere(instance: number): number[] {
    return Array.from({ length: INSTANCES }, (_, n) => n).filter((n) => n !== instance);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** Reads what has come, or thinks of something new. */
  think(ms = THINKS_MS): Promise<void> {
    return pause(ms * (0.5 + this.random()));
  }

  urlOf(instance: number): string {
    return this.world.instances[instance]?.url ?? '';
  }

  /**
   * One request.
   * @param expected which statuses may come; whatever is broken, nothing else may
   * @throws WrongAnswerError
   */
  async ask<T = Record<string, unknown>>(
    expected: readonly number[],
    method: string,
    path: string,
    { token, body, headers, at = this.anywhere() }: AskOptions = {},
  ): Promise<Asked<T>> {
    const what = `${method} ${path.replace(/[?].*/, '')} at ${at}`;
    const begunAt = performance.now();
    try {
      const response = await fetch(this.urlOf(at) + path, {
        method,
        headers: {
          'x-forwarded-for': this.#address,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      this.journal.request(begunAt, performance.now() - begunAt, response.status);
      const { status } = response;
      // A process that is not let run cannot answer in time, and says so.
      if (status === 503 && !expected.includes(503) && (await this.#starved(at, begunAt))) {
        this.journal.did('503 of a busy machine');
        throw new WrongAnswerError(what);
      }
      if (!expected.includes(status)) return this.wrong(`${what}: ${status} ${text.slice(0, 300)}`, begunAt);
      const answer = (isJson && text !== '' ? JSON.parse(text) : text) as T;
      return { status, headers: response.headers, body: answer, begunAt, instance: at };
    } catch (error) {
      if (error instanceof WrongAnswerError) throw error;
      const { name, cause, message } = error as Error;
      const took = Math.round(performance.now() - begunAt);
      return this.wrong(`${what}: ${name} ${String(cause ?? message)} after ${took} ms`, begunAt);
    }
  }

  /** What was broken, every stall so far included. */
  async history(): Promise<Timeline> {
    await this.world.stallsNoted();
    return this.journal.timeline;
  }

  /** Who answered has not heard of a change: that may be while something is broken. @throws WrongAnswerError otherwise */
  async stale(what: string, begunAt: number): Promise<void> {
    const now = performance.now();
    if (!(await this.history()).unsettled(begunAt, now)) this.wrong(what, begunAt);
    this.journal.did('stale reads while something was broken');
  }

  /** @throws WrongAnswerError always; it is noted */
  wrong(what: string, at?: number): never {
    this.journal.fail(what, at);
    throw new WrongAnswerError(what);
  }

  async register(): Promise<Account> {
    const credentials = { email: `${randomUUID()}@example.org`, password: `pass-${randomUUID()}` };
    const { body } = await this.ask<Account>([201], 'POST', '/api/auth/register', { body: credentials });
    return { ...body, ...credentials };
  }

  async #starved(instance: number, begunAt: number): Promise<boolean> {
    const now = performance.now();
    return (await this.history()).starved(begunAt, now, DATABASE_CONNECT_TIMEOUT_MS, [
      instance,
      'the database',
    ]);
  }
}
