import { provideRedis } from '@sluice/testing-servers';
import { closeThrottlerApps, pause, throttlerApp } from '../../testing/throttler-app';

const DEADLINE_MS = 4_321; // nobody else's

it('no timer outlives the module, and nobody who waits is left waiting', async () => {
  const server = await provideRedis();
  const setTimeoutSpy = jest.spyOn(globalThis, 'setTimeout');
  const app = await throttlerApp(
    server.url,
    [{ name: 'default', quota: 10, window: 60_000, by: 'user', everywhere: true }],
    { deadlineMs: DEADLINE_MS },
  );
  await app.ask('who');
  const timers = () =>
    setTimeoutSpy.mock.results
      .filter((_, i) => Math.abs((setTimeoutSpy.mock.calls[i]?.[1] ?? 0) - DEADLINE_MS) < 50)
      .map(({ value }) => value as NodeJS.Timeout & { _destroyed: boolean });
  expect(timers()).toHaveLength(1);
  expect(timers()[0]?.hasRef()).toBe(false);
  const waiting = app.ask('who');
  await closeThrottlerApps();
  expect((await waiting).verdict).toBe('allowed');
  // Who asks still is answered, without a new timer.
  expect((await app.ask('who')).verdict).toBe('allowed');
  await pause(20);
  expect(timers()).toHaveLength(1);
  expect(timers()[0]?._destroyed).toBe(true);
  setTimeoutSpy.mockRestore();
  await server.stop();
});
