import { startRedis } from '@sluice/testing-servers';
import { redisMeter } from '../lib/redis-meter.mjs';
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
  async measure(options) {
    const redis = await startRedis();
    try {
      const meter = await redisMeter(redis.url);
      const results = await measureAll(redis.url, meter, options);
      await meter.close();
      return {
        versions: { Redis: `${meter.version}, on the same machine, over loopback TCP, no persistence` },
        sections: sections(results),
        targets: targets(results),
        results: plain(results),
      };
    } finally {
      await redis.stop();
    }
  },
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

/** Maps become objects, for JSON. */
function plain(results) {
  return JSON.parse(
    JSON.stringify(results, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)),
  );
}
