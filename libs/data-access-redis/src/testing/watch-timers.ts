import { until } from './redis-test-app';

/** A timer of Node, which says whether it is still to fire. */
type Timer = NodeJS.Timeout & { _destroyed: boolean };

/** For the last deadline of a command, which was over before, and the driver's for its socket to close. */
const LAST_MS = 500;

/** Notes each timer that is begun from now on, until mocks are restored. */
export function watchTimers(): { expectNone(): Promise<void> } {
  const begun = jest.spyOn(globalThis, 'setTimeout');
  return {
    /** Fails when one still runs, but for those that end with what is closed. */
    expectNone: async () => {
      const alive = begun.mock.results
        .map(({ value }, i) => ({ timer: value as Timer, words: begun.mock.calls[i] }))
        .filter(({ timer }) => !timer._destroyed);
      const others = alive.filter(({ words }) => words?.[1] !== LAST_MS);
      expect(others.map(({ words }) => `${String(words?.[0])} in ${words?.[1]} ms`)).toEqual([]);
      begun.mockRestore();
      await until('no timer is left', () => alive.every(({ timer }) => timer._destroyed));
    },
  };
}
