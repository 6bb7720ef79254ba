import { SETTLE_MS, Timeline } from './timeline';

let timeline: Timeline;

beforeEach(() => {
  timeline = new Timeline();
});

it('a stall explains only a deadline of which it was half, at its own instance, and soon after', () => {
  timeline.stalled(0, 10_000, 10_200);
  expect(timeline.starved(10_300, 10_400, 400, [0])).toBe(true);
  expect(timeline.starved(10_300, 10_400, 500, [0])).toBe(false);
  expect(timeline.starved(10_300, 10_400, 400, [1])).toBe(false);
  expect(timeline.starved(9_000, 9_900, 400, [0])).toBe(false);
  expect(timeline.starved(13_000, 13_100, 400, [0])).toBe(false);
});

it('stalls one after the other add up within the deadline, those at once do not, nor those of others', () => {
  const starved = () => timeline.starved(10_200, 10_300, 500, [0, 'Redis']);
  timeline.stalled(0, 10_000, 10_150);
  timeline.stalled('Redis', 10_050, 10_150);
  timeline.stalled('the database', 10_000, 10_400);
  expect(starved()).toBe(false);
  timeline.stalled('Redis', 10_200, 10_300);
  expect(starved()).toBe(true);
  expect(timeline.stoodStill(10_000, 10_300, [0, 'Redis'])).toBe(250);
});

it('a server that is broken on purpose does not count as one that stands still', () => {
  timeline.begin('a fault', 1_000).endedAt = 2_000;
  timeline.stalled('Redis', 1_500, 2_500);
  timeline.stalled(1, 1_500, 2_500);
  expect(timeline.stalls.map(({ party }) => party)).toEqual([1]);
  expect(timeline.unsettled(2_000 + SETTLE_MS)).toBe(true);
  expect(timeline.unsettled(2_001 + SETTLE_MS)).toBe(false);
});

it('an instance has no Redis only while that is sure', () => {
  timeline.begin('a fault', 1_000).cutOff = { instances: [1], from: 1_100, to: 3_000 };
  expect(timeline.cutOff(1_100, 3_000, 1)).toBe(true);
  expect(timeline.cutOff(1_099, 2_000, 1)).toBe(false);
  expect(timeline.cutOff(1_200, 3_001, 1)).toBe(false);
  expect(timeline.cutOff(1_200, 2_000, 0)).toBe(false);
});
