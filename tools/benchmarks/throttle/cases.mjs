export const CALLERS = [1, 64];
export const THREE = 'three limits';
export const EDGE = 'edge of a window';

/** How Redis is lost: its process is gone, or one of the silences. */
export const KILLED = 'killed';

/** @returns {string} e.g. `allowed, 64 callers` */
export function rateName(group, callers) {
  return `${group}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
}

/** @returns {string} e.g. `lost, frozen` */
export function lostName(how) {
  return `lost, ${how}`;
}
