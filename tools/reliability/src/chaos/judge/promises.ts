import type { Column, Effect } from '../matrix';

/** Bounds that hold for every fault, in ms. `added`: above the slowest answer of the same probe before the fault. */
export const RECOVERY_MS = 5_000;
export const CACHED_READ_ADDED_MS = 200;
export const OTHERS_ADDED_MS = 600;
/** At the median, once the circuit is open. */
export const MEDIAN_ADDED_MS = 5;
/** So long after the fault began the circuit is open, if all commands fail. */
export const CIRCUIT_OPENS_WITHIN_MS = 2_000;
export const MOST_GROWTH_MIB = 32;
/** An invalidation or a revocation holds in other processes, in ms, while Redis is well. */
export const HEARD_WITHIN_MS = 1_000;

/** What is promised of a column under a fault, besides what is promised of all of them. */
export function promiseOf(column: Column, effect: Effect): string {
  return PROMISES[column](effect);
}

const isLost = ({ commands }: Effect) => commands === 'lost';
const lateHolders = ({ data }: Effect) =>
  data !== 'kept'
    ? 'two may hold it until the first is told, the second by a higher token'
    : 'never two at once';

const PROMISES: Record<Column, (effect: Effect) => string> = {
  'cached read': (effect) =>
    isLost(effect)
      ? `the right value, loaded; ≤ ${MEDIAN_ADDED_MS} ms more at the median with the circuit open, ≤ ${CACHED_READ_ADDED_MS} ms at worst`
      : `the right value; ≤ ${CACHED_READ_ADDED_MS} ms more at worst`,
  'cache write': () => 'stored or dropped; its own process reads the new value or none, never an older one',
  invalidation: ({ commands }) =>
    commands === 'served'
      ? 'its own process never reads the old value, others for 1 s at most'
      : 'its own process never reads the old value; what could not be sent is sent when Redis is back',
  'lock holder': (effect) =>
    isLost(effect)
      ? `told before the lease can end, nobody else gets it before; ${lateHolders(effect)}; tokens grow`
      : `keeps it, or is told before others have it; ${lateHolders(effect)}; tokens grow`,
  waiter: (effect) => `waits on and gets in when it can; ${lateHolders(effect)}`,
  leader: (effect) =>
    `${isLost(effect) ? 'stops before its lease can end; ' : ''}${effect.data !== 'kept' ? 'two may lead for a moment, by different terms' : 'never two at once'}; terms grow`,
  'throttled request': () =>
    'counted in Redis or in the process: at most the quota of both, never an error, nobody starved',
  'sign-in': () => '200, and the token is good at the other process at once',
  revocation: ({ commands }) =>
    commands === 'served'
      ? 'refused at once where it was revoked, within 1 s elsewhere, and for ever'
      : 'refused at once where it was revoked, elsewhere when Redis is back at the latest, and for ever',
  'image job': () => '202, painted once and completed',
  readiness: (effect) => (isLost(effect) ? 'live 200, ready 200 `degraded`' : 'live 200, ready 200'),
};
