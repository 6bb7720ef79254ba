import { startRedis } from '@sluice/testing-servers';
import { redisMeter } from './redis-meter.mjs';

/**
 * Lets a suite measure against a Redis of its own, with a meter on it, and adds to what it found what the frame asks for.
 *
 * @template R
 * @param {(redis: import('@sluice/testing-servers').RedisProcess, meter: import('./redis-meter.mjs').Meter) => Promise<R>} measure
 * @param {(results: R) => { sections: string[], targets: import('./targets.mjs').Target[] }} judge
 * @returns {Promise<import('./run-suite.mjs').Outcome>}
 */
export async function onRedis(measure, judge) {
  const redis = await startRedis();
  let meter;
  try {
    meter = await redisMeter(redis.url);
    const results = await measure(redis, meter);
    return {
      versions: { Redis: `${meter.version}, on the same machine, over loopback TCP, no persistence` },
      ...judge(results),
      results: plain(results),
    };
  } finally {
    meter?.close();
    await redis.stop();
  }
}

/** Maps become objects, for JSON. */
function plain(results) {
  return JSON.parse(
    JSON.stringify(results, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)),
  );
}
