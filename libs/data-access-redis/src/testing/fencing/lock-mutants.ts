import { RedisClient } from '../../lib/client/redis-client';
import { Leases } from '../../lib/lease/leases';

/** As scripts make a token of the clock. */
const TIME = /clock\[1\] \.\. string\.sub\('00000' \.\. clock\[2\], -6\)/g;

/**
 * Locks that lack one of the things that keep two from writing. The fencing test must find each out; only the main of a
 * test's child process can ask for one.
 */
export const LOCK_MUTANTS = {
  'a release that deletes': () =>
    patchScripts((name, lua) => (name.endsWith('-release') ? "redis.call('DEL', KEYS[1])\nreturn 1" : lua)),

  /** Done by the register: see run-fencing.ts. */
  'a store that does not look at the token': () => undefined,

  'one token for all': () => {
    const take = Leases.prototype.take;
    Leases.prototype.take = async function (request) {
      return Object.defineProperty(await take.call(this, request), 'token', { value: 1 });
    };
  },

  'tokens that only count': () =>
    patchScripts((name, lua) => {
      const patched = lua.replace(TIME, "'1000000000000000'");
      if (name.endsWith('-acquire') && patched === lua) throw new Error('the clock is not found any more');
      return patched;
    }),

  'no deadline of its own': () => {
    const take = Leases.prototype.take;
    Leases.prototype.take = function (request) {
      return take.call(this, { ...request, terms: { ...request.terms, lostAfter: 3_600_000 } });
    };
  },
} as const satisfies Record<string, () => void>;

export type LockMutant = keyof typeof LOCK_MUTANTS;

function patchScripts(patch: (name: string, lua: string) => string): void {
  const defineScript = RedisClient.prototype.defineScript;
  RedisClient.prototype.defineScript = function (definition) {
    const { name, lua } = definition;
    if (!/^(lock|semaphore)-/.test(name)) return defineScript.call(this, definition) as never;
    return defineScript.call(this, { ...definition, lua: patch(name, lua) }) as never;
  };
}
