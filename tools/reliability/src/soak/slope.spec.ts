import { seededRandom } from '@sluice/testing-servers';
import { grows, slopeOf } from './slope';

const MINUTE = 60_000;

/** 20 samples, half a minute apart. */
function samples(perMinute: number, noise: number) {
  const random = seededRandom(7);
  return Array.from({ length: 20 }, (_, n) => ({
    at: (n * MINUTE) / 2,
    value: 100 + (perMinute * n) / 2 + noise * (random() - 0.5),
  }));
}

it('finds the growth in a minute, and how sure that is', () => {
  const exact = slopeOf(samples(2, 0));
  expect(exact.perMinute).toBeCloseTo(2);
  expect(exact.error).toBeCloseTo(0);
  expect(exact.growth).toBeCloseTo(19);
  expect(slopeOf(samples(2, 10)).error).toBeGreaterThan(0.1);
});

it.each<[string, number, number, boolean]>([
  ['what grows steadily', 1, 0.5, true],
  ['noise', 0, 10, false],
  ['what shrinks', -1, 0.5, false],
  ['what grows by next to nothing', 0.1, 0.1, false],
  ['what grows less than it goes up and down', 0.3, 20, false],
])('%s', (_, perMinute, noise, expected) => {
  expect(grows(slopeOf(samples(perMinute, noise)), 2)).toBe(expected);
});
