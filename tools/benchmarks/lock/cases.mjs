/** Callers of the cases of acquiring and releasing. */
export const CYCLE_CALLERS = [1, 64];

/** Who wants the same lock: processes, and contenders in each of them. */
export const PROCESSES = 4;
export const CONTENDERS_EACH = 4;
/** How long a contender holds it, in ms. */
export const HOLD_MS = 2;

export const CONTENDED = '16 contenders';

export const PAUSED = 'paused';

/** @returns {string} e.g. `cycle, 64 callers` */
export function cycleName(callers) {
  return `cycle, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
}

/** @returns {string} e.g. `told, frozen` */
export function toldName(fault) {
  return `told, ${fault}`;
}
