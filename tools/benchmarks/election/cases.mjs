export const CLEAN = 'take-over, clean';
export const CRASHED = 'take-over, crashed';
export const IDLE = 'idle';

/** @returns {string} e.g. `told, frozen` */
export function toldName(how) {
  return `told, ${how}`;
}
