import { setTimeout as pause } from 'node:timers/promises';
import { startStopwatch } from './stopwatch';

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('counts what was waited for', async () => {
  const watch = startStopwatch();
  for (let n = 0; n < 30; n += 1) await pause(10);
  expect(watch.stop()).toBeGreaterThan(30);
});

it.each([
  ['first', async () => (standStill(500), await pause(20))],
  ['in between', async () => (await pause(10), standStill(500), await pause(10))],
  ['last', async () => (await pause(20), standStill(500))],
])('leaves out while nothing of this process runs: %s', async (_, work) => {
  const watch = startStopwatch();
  await work();
  expect(watch.stop()).toBeLessThan(200);
});
