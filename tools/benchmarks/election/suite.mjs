import { onRedis } from '../lib/on-redis.mjs';
import { runClean } from './run-clean.mjs';
import { runCrashed } from './run-crashed.mjs';
import { runIdle } from './run-idle.mjs';
import { runTold } from './run-told.mjs';
import { sections } from './sections.mjs';
import { targets } from './targets.mjs';

/** @type {import('../lib/run-suite.mjs').Suite} */
export const suite = {
  name: 'election',
  title: 'Leader election, side by side',
  measure: (options) =>
    onRedis(
      (redis, meter) => measureAll(redis, meter, options),
      (results) => ({ sections: sections(results), targets: targets(results) }),
    ),
};

async function measureAll(redis, meter, options) {
  return {
    clean: await runClean(redis.url, options),
    crashed: await runCrashed(redis.url, options),
    idle: await runIdle(redis.url, options, meter),
    told: await runTold(redis, options),
  };
}
