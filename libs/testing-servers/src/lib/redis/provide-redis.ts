import { parseRedisUrl, redisCli } from './redis-cli';
import { startRedis } from './start-redis';

export interface ProvidedRedis {
  readonly url: string;
  /** Runs redis-cli with these words against the server, as `RedisProcess.cli` does. */
  cli(...words: string[]): Promise<string>;
  /** Ends the server if it is our own; never touches a foreign one. */
  stop(): Promise<void>;
}

/** The server of `REDIS_URL` when that is set, else a process of our own. A foreign server has other keys: use a unique prefix. */
export async function provideRedis(): Promise<ProvidedRedis> {
  const url = process.env['REDIS_URL'];
  if (!url) return startRedis();
  const address = parseRedisUrl(url);
  return { url, cli: (...words) => redisCli(address, words), stop: () => Promise.resolve() };
}
