import { onRedis } from '../lib/on-redis.mjs';
import { runContended } from './run-contended.mjs';
import { runCycles } from './run-cycles.mjs';
import { runPaused } from './run-paused.mjs';
import { runTold } from './run-told.mjs';
import { sections } from './sections.mjs';
import { targets } from './targets.mjs';

/** @type {import('../lib/run-suite.mjs').Suite} */
export const suite = {
  name: 'lock',
  title: 'Locks, side by side',
  measure: (options) =>
    onRedis(
      (redis, meter) => measureAll(redis, meter, options),
      (results) => ({ sections: sections(results), targets: targets(results) }),
    ),
};

async function measureAll(redis, meter, options) {
  return {
    cycles: await runCycles(redis.url, options, meter),
    contended: await runContended(redis.url, options, meter),
    paused: await runPaused(redis.url, options),
    told: await runTold(redis, options),
  };
}
