import type { Redis } from 'ioredis';
import type { RedisConnection } from './redis-connection';
import type { RedisError } from './redis.errors';
import type { RedisState } from './redis-state';
import type { RedisRequestScope } from './request-scope';
import type { ServerFacts } from './server-facts';

export interface LinkEvents {
  /** Commands are sent again, to one master at least: connected, checked, circuit closed. */
  usable: [];
  /** A connection that was usable is not connected any more. */
  lost: [];
  /**
   * Other masters serve the Cluster, or slots have moved between them; or sentinels have named another master; or where
   * a master was there is one with other data: restarted, or replaced behind the same address.
   */
  masters: [];
}

/**
 * The data that a key is read from, asked at any time: another object as soon as what was acknowledged before may be
 * missing there, which `masters` tells in the same turn. Undefined while nobody can say: the one who serves it has not
 * been connected yet, or commands get there by a detour.
 */
export type Dataset = () => object | undefined;

/** What commands go through: one connection, or in a Cluster one for each master. */
export interface RedisLink {
  on(event: keyof LinkEvents, listener: () => void): unknown;
  /** Whether a command would be sent, to some master at least. */
  readonly usable: boolean;
  readonly state: RedisState;
  /** What the servers said of themselves when they were connected; in a Cluster, what holds for all. */
  readonly facts: ServerFacts | undefined;
  /** Whether keys lie in slots: then a command may have several only if they share one. */
  readonly clustered: boolean;
  /** The connections to the servers that commands go to; in a Cluster none until it is known. */
  readonly masters: readonly RedisConnection[];
  /** @param key its full name */
  datasetOf(key: string): Dataset;

  /** Dials, and gives the servers a moment to answer; never rejects. */
  connect(): Promise<void>;
  close(): Promise<void>;

  /**
   * Sends what `send` sends and waits for at most `timeoutMs`.
   *
   * @param key full name of a key of the command, which says where in a Cluster it goes; without one, anywhere
   * @throws RedisError; at once when there is nobody to send it to or the request has given up on Redis.
   */
  run<R>(command: string, send: (driver: Redis) => Promise<R>, timeoutMs?: number, key?: string): Promise<R>;

  /**
   * {@link run} for callers that have a promise of their own, and that call {@link gatherTick} when it is worth it.
   * @param scope the request on whose behalf it is sent; none when it is for many
   * @param key as of {@link run}, or its slot
   */
  dispatch<R>(
    command: string,
    send: (driver: Redis) => Promise<R>,
    timeoutMs: number | undefined,
    resolve: (reply: R) => void,
    reject: (error: RedisError) => void,
    scope?: RedisRequestScope,
    key?: string | number,
  ): void;

  /** What is sent in one tick leaves in one piece. */
  gatherTick(): void;
}

/** A link whose masters may become others. */
export interface MastersLink extends RedisLink {
  /** The master that serves a key, if it is known. */
  masterOf(key: string): RedisConnection | undefined;
}
