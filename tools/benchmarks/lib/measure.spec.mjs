import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { measure } from './measure.mjs';
import { percentile } from './statistics.mjs';

const operation = (run, check = () => undefined) => ({ run, check, count: 8, clockEvery: 1 });

test('counts every operation of every caller, whether or not it leaves the microtask queue', async () => {
  for (const wait of [() => undefined, nextTurn]) {
    let runs = 0;
    const run = async () => {
      await wait();
      return (runs += 1);
    };
    const { operations, seconds } = await measure(operation(run), { callers: 5, milliseconds: 20 });
    assert.equal(operations, runs - 5, 'the first one of each caller is before the clock starts');
    assert.ok(seconds >= 0.02 && operations > 5);
  }
});

test('callers walk from places far apart, each with one operation under way', async () => {
  const first = [];
  let underWay = 0;
  const run = async (index) => {
    if (first.length < 4) first.push(index);
    assert.ok((underWay += 1) <= 4);
    await nextTurn();
    underWay -= 1;
  };
  await measure(operation(run), { callers: 4, milliseconds: 5 });
  assert.deepEqual(first, [0, 2, 4, 6]);
});

test('a wrong first or last result of any caller fails the measurement', async () => {
  let runs = 0;
  const check = (value, index) => assert.equal(value, index);
  const wrongAt = (at) => operation(async (index) => ((runs += 1) === at ? -1 : index), check);
  await assert.rejects(measure(wrongAt(3), { callers: 4, milliseconds: 1 }));
  const wrongAfterwards = operation(async (index) => ((runs += 1) > 20 ? -1 : index), check);
  runs = 0;
  await assert.rejects(measure(wrongAfterwards, { callers: 4, milliseconds: 5 }));
});

test('times operations only when asked to, in ms', async () => {
  const run = () => pause(5);
  const plain = await measure(operation(run), { callers: 2, milliseconds: 20 });
  assert.equal(plain.latency, undefined);
  const { latency } = await measure(operation(run), { callers: 2, milliseconds: 20, timed: true });
  assert.ok(latency.p50 > 4 && latency.p99 >= latency.p50);
});

test('a percentile is the smallest value that is not exceeded by so many', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(
    [0.5, 0.99, 1].map((share) => percentile(hundred, share)),
    [50, 99, 100],
  );
  assert.equal(percentile([7], 0.99), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});
