import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jainIndex, overlaps, starved } from './fairness.mjs';

test('Jain’s index is 1 for equal shares and 1/n when one has everything', () => {
  assert.equal(jainIndex([7, 7, 7, 7]), 1);
  assert.equal(jainIndex([40, 0, 0, 0]), 0.25);
  assert.ok(Number.isNaN(jainIndex([0, 0])));
});

test('who gets less than a tenth of an equal share is starved', () => {
  assert.equal(starved([100, 100, 100, 5, 0]), 2);
  assert.equal(starved([10, 10, 10, 2]), 0);
});

test('counts holds that began before an earlier one ended, also when a long one spans several', () => {
  const apart = [
    [3, 4],
    [1, 2],
    [5, 6],
  ];
  assert.equal(overlaps(apart), 0);
  assert.equal(overlaps([...apart, [3.5, 4.5]]), 1);
  assert.equal(overlaps([...apart, [0, 10]]), 3);
});
