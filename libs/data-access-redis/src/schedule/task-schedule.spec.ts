import { TaskSchedule } from './task-schedule';

let schedule: TaskSchedule | undefined;
let moments: string[];

beforeEach(() => {
  moments = [];
});
afterEach(() => {
  void schedule?.job.stop();
  jest.useRealTimers();
});

/** From that moment on, on a clock that only moves when told. */
function start(now: string, expression: string, timeZone = 'UTC'): void {
  jest.useFakeTimers({ now: new Date(now) });
  schedule = new TaskSchedule(expression, timeZone);
  schedule.start((moment) => moments.push(new Date(moment).toISOString()));
}

it('tells the moment and not the time', () => {
  start('2026-11-25T11:59:58.300Z', '*/2 * * * * *');
  jest.advanceTimersByTime(5_000);
  expect(moments).toEqual(['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:02.000Z']);
});

it('tells the newest moment that has come when the timer is late', () => {
  start('2026-11-25T11:59:58.300Z', '* * * * * *');
  jest.setSystemTime(new Date('2026-11-25T12:00:03.400Z'));
  jest.advanceTimersByTime(700);
  expect(moments).toEqual(['2026-11-25T12:00:04.000Z']);
  jest.advanceTimersByTime(1_000);
  expect(moments.slice(1)).toEqual(['2026-11-25T12:00:05.000Z']);
});

it('tells an old moment rather than none or a wrong one after a very long pause', () => {
  start('2026-11-25T12:00:00.500Z', '* * * * * *');
  jest.setSystemTime(new Date('2026-11-25T18:00:00.500Z'));
  jest.advanceTimersByTime(500);
  expect(moments).toEqual(['2026-11-25T12:01:41.000Z']);
  jest.advanceTimersByTime(1_000);
  expect(moments[1]).toBe('2026-11-25T18:00:02.000Z');
});

it('means the same moments on every host: those of its time zone', () => {
  start('2026-03-28T00:00:00.000Z', '30 2 * * *', 'Europe/Berlin');
  jest.advanceTimersByTime(3 * 86_400_000);
  // On the 29th half past two does not come there.
  expect(moments[0]).toBe('2026-03-28T01:30:00.000Z');
  expect(moments.at(-1)).toBe('2026-03-30T00:30:00.000Z');
});

it.each([
  ['no expression', 'often', 'UTC'],
  ['a minute that there is not', '61 * * * *', 'UTC'],
  ['a day that never comes', '0 0 31 2 *', 'UTC'],
  ['a time zone that there is not', '* * * * *', 'Europe/Atlantis'],
])('refuses %s', (_, expression, timeZone) => {
  expect(() => new TaskSchedule(expression, timeZone)).toThrow();
});
