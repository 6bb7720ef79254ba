/** Connections, each with one request under way. */
export const CONNECTIONS = 64;
/** Users whose answers are cached: one a connection, so that each is asked for once more before the clock starts. */
export const WARM_USERS = CONNECTIONS;
/** How long somebody waits who asks while Redis is away, in ms. */
export const PATIENCE_MS = 5_000;

/** @returns {string} e.g. `a character, cached` */
export function caseName({ title }, way) {
  return `${title}, ${way === 'lost' ? 'with Redis lost' : way}`;
}
