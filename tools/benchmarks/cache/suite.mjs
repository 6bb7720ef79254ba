import { onRedis } from '../lib/on-redis.mjs';
import { runCases } from './run-cases.mjs';
import { runCold } from './run-cold.mjs';
import { runHeap } from './run-heap.mjs';
import { runProbes } from './run-probes.mjs';
import { sections } from './sections.mjs';
import { targets } from './targets.mjs';

/** @type {import('../lib/run-suite.mjs').Suite} */
export const suite = {
  name: 'cache',
  title: 'Caches, side by side',
  measure: (options) =>
    onRedis(
      ({ url }, meter) => measureAll(url, meter, options),
      (results) => ({ sections: sections(results), targets: targets(results) }),
    ),
};

async function measureAll(url, meter, options) {
  const wants = (part) => part.includes(options.filter ?? '');
  return {
    probes: await runProbes(url),
    measured: await runCases(url, options, meter),
    heap: wants('heap') ? await runHeap(url, options, meter) : new Map(),
    cold: wants('cold') ? await runCold(url, options) : new Map(),
  };
}
