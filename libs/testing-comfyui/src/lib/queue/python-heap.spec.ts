import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { PythonHeap } from './python-heap';
import type { QueueItem } from './queue-item';

const item = (number: number, promptId: string): QueueItem => ({
  number,
  promptId,
  prompt: {},
  extraData: {},
  outputs: [],
});

/** Entries that Python can tell apart, some of which are taken out again before they run. */
const entries = array(tuple(integer({ min: -3, max: 3 }), constantFrom('a', 'b', 'c', 'd'))).map((all) => [
  ...new Map(all.map(([number, id]) => [`${number}${id}`, item(number, id)])).values(),
]);

it('gives the lowest number first, then the lowest id, whatever is taken out in between', () => {
  assert(
    property(entries, integer({ min: 1, max: 5 }), (items, everyNth) => {
      const heap = new PythonHeap();
      for (const one of items) heap.push(one);
      const removed = items.filter((_, n) => n % everyNth === 1);
      for (const one of removed) heap.remove(one);
      const order = [];
      for (let next = heap.pop(); next; next = heap.pop()) order.push(next);
      const left = items.filter((one) => !removed.includes(one));
      left.sort((a, b) => a.number - b.number || (a.promptId < b.promptId ? -1 : 1));
      expect(order).toEqual(left);
    }),
  );
});

it("is in the order of Python's heapq, and not sorted", () => {
  const heap = new PythonHeap();
  for (const number of [5, 3, 8, 1, 9, 2]) heap.push(item(number, 'a'));
  // [heapq.heappush(h, n) for n in (5, 3, 8, 1, 9, 2)]
  expect(heap.all.map(({ number }) => number)).toEqual([1, 3, 2, 5, 9, 8]);
  heap.pop();
  expect(heap.all.map(({ number }) => number)).toEqual([2, 3, 8, 5, 9]);
});
