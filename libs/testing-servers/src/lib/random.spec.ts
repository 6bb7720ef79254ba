import { Random, seededRandom } from './random';

const numbers = (seed: number) => Array.from({ length: 10_000 }, seededRandom(seed));

it('gives the same for the same seed, and other numbers for another', () => {
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
  // As mulberry32 is written elsewhere: a seed that was noted down stays good.
  expect(seededRandom(1)()).toBeCloseTo(0.62707394, 8);
});

it('gives numbers from 0 to below 1, as many of them in one tenth as in another', () => {
  const tenths = Array<number>(10).fill(0);
  for (const number of numbers(3)) tenths[Math.floor(number * 10)]! += 1;
  expect(tenths.filter((count) => count > 800 && count < 1_200)).toHaveLength(10);
});

it('picks each of the choices, and loses none of what it shuffles', () => {
  const random = new Random(5);
  const choices = ['a', 'b', 'c'];
  expect(new Set(Array.from({ length: 100 }, () => random.pick(choices)))).toEqual(new Set(choices));
  expect(random.shuffled(choices).sort()).toEqual(choices);
});
