import type { RedisCacheServiceOptions } from '../options';

export interface Choices {
  ttl: number;
  negative: number | undefined;
  tags: string[];
}

const SHORTEST_TTL_MS = 1_000;
const LONGEST_TAG_BYTES = 900;

/** @throws Error for an option that RedisService would refuse when the application starts */
export function checkChoices({ ttl = 60_000, negative, tags = [] }: RedisCacheServiceOptions): Choices {
  if (!Number.isSafeInteger(ttl) || ttl < SHORTEST_TTL_MS) {
    throw new Error(
      `--ttl is a whole number of milliseconds, at least ${SHORTEST_TTL_MS}, e.g. --ttl=60000.`,
    );
  }
  if (negative !== undefined && (!Number.isSafeInteger(negative) || negative < 0)) {
    throw new Error('--negative is a whole number of milliseconds, or 0, e.g. --negative=5000.');
  }
  const all = [tags].flat().flatMap((some) => some.split(',').map((tag) => tag.trim()));
  for (const tag of all) {
    if (tag !== '' && tag !== '__proto__' && Buffer.byteLength(tag) <= LONGEST_TAG_BYTES) continue;
    throw new Error(
      `--tags are texts of 1 to ${LONGEST_TAG_BYTES} bytes, e.g. --tags=profiles,profile:{id}.`,
    );
  }
  return { ttl, negative, tags: [...new Set(all)] };
}
