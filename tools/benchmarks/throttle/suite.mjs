import { onRedis } from '../lib/on-redis.mjs';
import { runEdge } from './run-edge.mjs';
import { runLost } from './run-lost.mjs';
import { runRates } from './run-rates.mjs';
import { runThree } from './run-three.mjs';
import { sections } from './sections.mjs';
import { targets } from './targets.mjs';

/** @type {import('../lib/run-suite.mjs').Suite} */
export const suite = {
  name: 'throttle',
  title: 'Rate limiters, side by side',
  measure: (options) =>
    onRedis(
      (redis, meter) => measureAll(redis, meter, options),
      (results) => ({ sections: sections(results), targets: targets(results) }),
    ),
};

async function measureAll(redis, meter, options) {
  return {
    rates: await runRates(redis.url, options, meter),
    three: await runThree(redis.url, options, meter),
    edge: await runEdge(redis.url, options),
    lost: await runLost(redis, options),
  };
}
