import { startRedis } from '@sluice/testing-servers';
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
      const version = /redis_version:(\S+)/.exec(await redis.cli('INFO', 'server'))?.[1];
      /** Commands the server has processed. */
      const meter = async () =>
        Number(/total_commands_processed:(\d+)/.exec(await redis.cli('INFO', 'stats'))?.[1]);
      const probes = await runProbes(redis.url);
      const measured = await runCases(redis.url, options, meter);
      const full = options.filter === undefined;
      const heap = full ? await runHeap(redis.url, meter) : new Map();
      const cold = full || options.filter === 'cold' ? await runCold(redis.url, options) : new Map();
      const results = { probes, measured, heap, cold };
      return {
        versions: { Redis: `${version}, on the same machine, over loopback TCP, no persistence` },
        sections: sections(results, options),
        targets: targets(results),
        results: plain(results),
      };
    } finally {
      await redis.stop();
    }
  },
};

/** Maps become objects, for JSON. */
function plain(results) {
  return JSON.parse(
    JSON.stringify(results, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)),
  );
}
