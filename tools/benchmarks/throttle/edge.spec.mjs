import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostWithin } from './edge.mjs';

test('the most that lie within any stretch of time, wherever it begins', () => {
  const times = [0, 900, 910, 920, 1_010, 1_020];
  assert.equal(mostWithin(times, 200), 5);
  assert.equal(mostWithin(times, 15), 2);
  assert.equal(mostWithin(times, 2_000), 6);
  assert.equal(mostWithin([], 200), 0);
});

test('a stretch does not hold both of its ends', () => {
  assert.equal(mostWithin([0, 200], 200), 1);
});
