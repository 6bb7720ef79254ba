import { RedisUsageError } from '../../connection/redis.errors';
import type { StandardSchema } from '../redis-cache-options';

/** A cached value that the schema refuses: written by another release, or changed by somebody. */
export class InvalidValue extends Error {}

/**
 * Values to JSON text and back. They go through it on a miss too, so a caller gets the same shape whether the value
 * was loaded or cached (a `Date` becomes its ISO string, unless the schema makes a `Date` of it again).
 */
export class ValueCodec<T> {
  constructor(private readonly schema: StandardSchema<T> | undefined) {}

  /** @throws RedisUsageError for what JSON cannot hold */
  write(value: T | null): string | null {
    if (value === null) return null;
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
    throw new RedisUsageError(
      'A cached value must be representable in JSON; return null for "does not exist".',
    );
  }

  /** @throws RedisUsageError for what would not pass when it is read */
  check(text: string | null): void {
    if (this.schema) this.readOwn(text);
  }

  /**
   * Like {@link read}, of a value that was just written.
   * @throws RedisUsageError
   */
  readOwn(text: string | null): T | null {
    try {
      return this.read(text);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      throw new RedisUsageError(
        'A value was refused by the schema of its own cache, which must accept what it makes.',
      );
    }
  }

  /**
   * An object of its own for each call.
   * @throws SyntaxError for what is not JSON, InvalidValue for what the schema refuses
   */
  read(text: string | null): T | null {
    if (text === null) return null;
    const value: unknown = JSON.parse(text);
    if (this.schema === undefined) return value as T;
    const result = this.schema['~standard'].validate(value);
    if (result instanceof Promise) {
      throw new RedisUsageError('The schema of a cache must answer at once; this one is asynchronous.');
    }
    if (result.issues !== undefined) throw new InvalidValue();
    return result.value;
  }
}
