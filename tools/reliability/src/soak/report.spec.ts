import { Journal } from './journal';
import { reportOn } from './report';
import type { Sample, Soaked } from './run-soak';
import { Timeline } from './timeline';

const [KIB, MIB] = [1024, 1024 * 1024];
const MINUTE = 60_000;
/** What one instance answers in a minute, or more. */
const REQUESTS = 1_000;

/** Samples of seven minutes, as a soak of ten has them. */
function soaked(inMinute: (minute: number) => Partial<Sample>, rest: Partial<Soaked> = {}): Soaked {
  const journal = new Journal(new Timeline(), 0);
  for (let n = 0; n < 10 * REQUESTS; n++) journal.request((n * MINUTE) / REQUESTS, 5, 200);
  const usual = { instance: 0, handles: 30, timers: 12, nearBytes: 0, resources: {} };
  const living = { objectBytes: 24 * MIB, codeBytes: 20 * MIB };
  return {
    plan: {
      minutes: 10,
      seed: 1,
      json: undefined,
      leastFaults: 0,
      calmMs: [8_000, 14_000],
      measuresGrowth: true,
    },
    journal,
    samples: Array.from({ length: 8 }, (_, n) => ({
      ...usual,
      ...living,
      at: (3 + n) * MINUTE,
      ...inMinute(n),
    })),
    paintedTwice: [],
    exitCodes: [0],
    unhandled: 0,
    listeners: [],
    ...rest,
  };
}

/** A little more, and a little less. */
const noise = (minute: number) => (minute % 2 === 0 ? 8 * KIB : -8 * KIB);

it.each<[string, (minute: number) => Partial<Sample>, string[]]>([
  ['nothing but noise', (n) => ({ objectBytes: 24 * MIB + noise(n) }), []],
  ['code that is compiled on and on', (n) => ({ codeBytes: 20 * MIB + n * 300 * KIB }), []],
  ['near caches that fill', (n) => ({ objectBytes: 24 * MIB + n * MIB + noise(n), nearBytes: n * MIB }), []],
  ['a step by what is made late', (n) => ({ objectBytes: 24 * MIB + (n > 3 ? 300 * KIB : 0) }), []],
  ['what is remembered on purpose', (n) => ({ objectBytes: 24 * MIB + n * REQUESTS * 25 + noise(n) }), []],
  [
    '200 bytes kept of each request',
    (n) => ({ objectBytes: 24 * MIB + n * REQUESTS * 200 + noise(n) }),
    ['objects of 0 grow'],
  ],
  ['a socket left open each minute', (n) => ({ handles: 30 + n }), ['handles of 0 grow']],
  ['timers left behind', (n) => ({ timers: 12 + 5 * n }), ['timers of 0 grow']],
])('%s', (_, inMinute, verdict) => {
  expect(reportOn(soaked(inMinute)).verdict).toEqual(verdict);
});

it('counts only what stood still at work', () => {
  const { journal, ...rest } = soaked(() => ({}));
  journal.timeline.rests.push([20_000, 30_000]);
  journal.timeline.stalled(0, 10_000, 10_500);
  journal.timeline.stalled(0, 21_000, 29_000);
  expect(reportOn({ journal, ...rest }).stalls).toEqual({ 0: 500 });
});

it('says that Node has warned of listeners', () => {
  expect(reportOn(soaked(() => ({}), { listeners: ['11 close listeners'] })).verdict).toEqual([
    'listeners add up: 11 close listeners',
  ]);
});
