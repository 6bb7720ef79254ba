import { randomUUID } from 'node:crypto';
import { startRedis } from '@sluice/testing-servers';
import type { Change } from './eviction-commands';
import { FleetProcess } from './fleet-process';

// How long a change takes from the call in one process to the eviction in another, in ms, as one line of JSON on
// standard output:
//   node --conditions=@sluice/source --require=@sluice/testing-servers/register src/testing/fleet/measure-eviction.ts [changes]
const CHANGES = Number(process.argv[2] ?? 4_000);
const AT_ONCE = 100;
const EVERY_MS = 2;

interface Spread {
  changes: number;
  p50: number;
  p99: number;
  max: number;
}

async function main(): Promise<void> {
  const redis = await startRedis();
  const options = { redisUrl: redis.url, keyPrefix: `eviction-${randomUUID()}:` };
  const processes: FleetProcess[] = [];
  try {
    const writer = await FleetProcess.start(options);
    processes.push(writer);
    const reader = await FleetProcess.start(options);
    processes.push(reader);
    await measure(writer, reader, 'set', 2 * AT_ONCE); // until all is compiled
    const set = await measure(writer, reader, 'set', CHANGES / 2);
    const deleted = await measure(writer, reader, 'delete', CHANGES / 2);
    const spreads = { set: spread(set), delete: spread(deleted), all: spread([...set, ...deleted]) };
    console.log(JSON.stringify(spreads));
  } finally {
    await Promise.all(processes.map((process) => process.kill()));
    await redis.stop();
  }
}

let last = 0;

async function measure(
  writer: FleetProcess,
  reader: FleetProcess,
  by: Change,
  changes: number,
): Promise<number[]> {
  const times: number[] = [];
  while (times.length < changes) {
    const ids = Array.from({ length: AT_ONCE }, () => String(++last));
    await reader.call('keepNear', ids);
    const begun = await writer.call<[string, number][]>('change', { ids, by, everyMs: EVERY_MS });
    const evicted = await allEvicted(reader, ids.length);
    for (const [id, at] of begun) times.push((evicted.get(id) ?? Infinity) - at);
  }
  return times;
}

async function allEvicted(reader: FleetProcess, count: number): Promise<Map<string, number>> {
  for (;;) {
    const evicted = new Map(await reader.call<[string, number][]>('evictions'));
    if (evicted.size >= count) return evicted;
  }
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(3));
  return { changes: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

void main();
