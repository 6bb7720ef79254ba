import { SETTLE_MS, Timeline } from '../timeline';
import { KnownVersions } from './known-versions';

let timeline: Timeline;
let known: KnownVersions;

beforeEach(() => {
  timeline = new Timeline();
  const fault = timeline.begin('a fault', 1_000);
  fault.endedAt = 2_000;
  known = new KnownVersions(timeline);
  known.wrote(1, 0);
  known.wrote(2, 1);
});

it.each<[string, number, number, number, 'right' | 'stale' | 'wrong']>([
  ['the newest, where it was written', 2, 1, 500, 'right'],
  ['the newest, elsewhere', 2, 0, 500, 'right'],
  ['an older one, where the newest was written, while something is broken', 1, 1, 1_500, 'wrong'],
  ['an older one, elsewhere, while nothing is broken', 1, 0, 500, 'wrong'],
  ['an older one, elsewhere, while something is broken', 1, 0, 1_500, 'stale'],
  ['an older one, elsewhere, not yet settled', 1, 0, 2_000 + SETTLE_MS, 'stale'],
  ['an older one, elsewhere, when all has settled', 1, 0, 2_001 + SETTLE_MS, 'wrong'],
  ['what was never written', 3, 0, 1_500, 'wrong'],
  ['what is no version', NaN, 0, 1_500, 'wrong'],
])('%s', (_, version, instance, at, verdict) => {
  expect(known.judge(version, instance, at)).toBe(verdict);
});

it('an instance that is not let run is as good as broken', () => {
  timeline.stalled(0, 19_700, 20_000);
  expect(known.judge(1, 0, 20_100)).toBe('stale');
  expect(known.judge(1, 0, 19_000)).toBe('wrong');
});
