import { resolveThrottlerOptions, type ThrottlerModuleOptions } from '../throttler.options';
import { RatePolicy } from './rate-policy';
import type { RatePolicyOptions } from './rate-policy.options';

const POLICY: RatePolicyOptions = { name: 'some', quota: 100, window: 60_000, by: 'user' };

it.each<[string, Partial<RatePolicyOptions>, RegExp]>([
  ['a name with blanks', { name: 'a b' }, /its name/],
  ['a name that would end a header', { name: 'a"' }, /its name/],
  ['half a request', { quota: 0.5 }, /quota/],
  ['a negative quota', { quota: -1 }, /quota/],
  ['no number', { quota: NaN }, /quota/],
  ['a window of 0', { window: 0 }, /window/],
  ['a window of a year', { window: 366 * 24 * 3_600_000 }, /window/],
  ['another way to count', { by: 'host' as never }, /by must be/],
  ['another way out', { onRedisLoss: 'open' as never }, /onRedisLoss must be/],
  ['more than one in a microsecond', { quota: 1_001, window: 1 }, /microsecond/],
  ['a burst of 0', { burst: 0 }, /burst/],
  ['a burst of an exact limit', { exact: true, burst: 5 }, /no burst/],
  ['a long exact log', { exact: true, quota: 1_001 }, /at most 1000/],
  ['a limit that must not open and may', { neverOpens: true, onRedisLoss: 'allow' }, /never open up/],
])('%s is refused in words', (_, options, message) => {
  expect(() => new RatePolicy({ ...POLICY, ...options })).toThrow(message);
});

it('everything that is wrong is said at once', () => {
  const wrong = { ...POLICY, quota: -1, window: 0, burst: 0 };
  expect(() => new RatePolicy(wrong)).toThrow(/"some" is wrong: quota .*; window .*; burst .*\.$/);
});

it.each<[string, Partial<ThrottlerModuleOptions>, RegExp]>([
  ['two of one name', { policies: [POLICY, { ...POLICY, quota: 5 }] }, /two rate limits named "some"/],
  ['no instance', { instances: 0 }, /instances/],
  ['no deadline', { deadlineMs: 0 }, /deadlineMs/],
  ['a deadline without end', { deadlineMs: Infinity }, /deadlineMs/],
  ['no memory', { maxTrackers: 0 }, /maxTrackers/],
])('%s is refused in words', (_, options, message) => {
  expect(() => resolveThrottlerOptions({ policies: [], ...options })).toThrow(message);
});

it.each<[number, number, number]>([
  [100, 60_000, 600_000],
  [3, 60_000, 20_000_000],
  [7, 60_000, 8_572_000], // whole ms from a second on
  [70, 1_000, 14_286],
  [1_000_000, 1_000, 1],
])('%i in %i ms is one in %i µs, never more', (quota, window, intervalUs) => {
  const policy = new RatePolicy({ ...POLICY, quota, window });
  expect(policy.intervalUs).toBe(intervalUs);
  expect(policy.toleranceUs).toBe(intervalUs * quota);
});

it('says its window in a header when it is whole seconds', () => {
  expect(new RatePolicy(POLICY).header).toBe('"some";q=100;w=60');
  expect(new RatePolicy({ ...POLICY, window: 1_500 }).header).toBe('"some";q=100');
});
