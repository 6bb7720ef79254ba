/** Injects the {@link RedisClient}: `@Inject(REDIS_CLIENT) private readonly redis: RedisClient`. */
export const REDIS_CLIENT = Symbol('REDIS_CLIENT');

/** @internal The checked configuration. */
export const REDIS_CONFIG = Symbol('REDIS_CONFIG');
