import { RedisClient, type RedisScript, type RedisScriptDefinition } from '@sluice/data-access-redis';
import { Asking } from '../lib/limiter/asking';
import { DecisionDeadline } from '../lib/limiter/decision-deadline';
import { DenyCache } from '../lib/limiter/deny-cache';
import { LocalLog } from '../lib/local/local-log';
import { RecentMap } from '../lib/local/recent-map';
import type { PromiseName } from './promises';

interface Mutant {
  /** What must notice. */
  readonly breaks: PromiseName;
  /** Takes something out; answers how to put it back. */
  readonly apply: () => () => void;
}

/** Limiters that lack one of the things that keep them honest. The promises must find each out. */
export const MUTANTS: Record<string, Mutant> = {
  'takes from each limit by itself': {
    breaks: 'a denied request takes nothing from any limit of its tracker',
    apply: () =>
      lua(
        'throttle-take',
        /if not refused then\n {2}for i, key in ipairs\(KEYS\) do redis\.call/,
        () => 'do for i, key in ipairs(KEYS) do redis.call',
      ),
  },

  'counts denied requests': {
    breaks: 'who keeps hammering is let through at the rate',
    apply: () => lua('throttle-flow', /^if ahead <= tolerance then$/m, () => 'do'),
  },

  'goes by the clock of the process': {
    breaks: 'clocks of processes do not count',
    apply: () =>
      script(
        'throttle-take',
        /redis\.call\('TIME'\)/,
        () => '{ ARGV[#ARGV], 0 }',
        (run) => (call) => run({ ...call, args: [...(call.args ?? []), Math.floor(Date.now() / 1_000)] }),
      ),
  },

  'reads and writes apart': {
    breaks: 'no more than the burst and the rate, however many ask at once',
    apply: () =>
      redefine('throttle-flow', (client) => async ({ keys: [key], args: [cost, tolerance] = [] }) => {
        if (!key) throw new Error('no key');
        const ahead = ((await client.timeToLive(key)) ?? 0) * 1_000 + Number(cost);
        if (ahead <= Number(tolerance)) await client.set(key, '0', { ttl: ahead / 1_000 });
        return ahead;
      }),
  },

  'counts by fixed windows': {
    breaks: 'no edge of a window lets twice as many through',
    apply: () =>
      lua(
        'throttle-flow',
        /[^]+/,
        () => `
        local count = redis.call('INCRBY', KEYS[1], ARGV[1])
        if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2] / 1000) end
        return count
      `,
      ),
  },

  'gives nothing back': {
    breaks: 'a denied request takes nothing from the limits of other trackers',
    apply: () => patch(Asking.prototype as never as { giveBack(): void }, 'giveBack', () => () => undefined),
  },

  'forgets late answers': {
    breaks: 'a late answer counts once, and for a denied request not at all',
    apply: () => patch(Asking.prototype as never as { cameLate(): void }, 'cameLate', () => () => undefined),
  },

  'has no deadline': {
    breaks: 'a decision waits for the deadline at most',
    apply: () => patch(DecisionDeadline.prototype, 'begin', () => () => undefined),
  },

  'remembers nobody who is denied': {
    breaks: 'who is denied costs no round trip until the server would let him through, and none after',
    apply: () => patch(DenyCache.prototype, 'find', () => () => undefined),
  },

  'denies for the whole window': {
    breaks: 'who is denied costs no round trip until the server would let him through, and none after',
    apply: () =>
      patch(
        DenyCache.prototype,
        'remember',
        (remember) =>
          function (this: DenyCache, tracker, cost, exceeded) {
            const until = exceeded.until + exceeded.policy.windowUs / 1_000;
            remember.call(this, tracker, cost, { ...exceeded, until });
          },
      ),
  },

  'remembers everybody': {
    breaks: 'a process remembers only so many clients',
    apply: () =>
      patch(
        RecentMap.prototype,
        'set',
        () =>
          function (this: RecentMap<unknown>, key, value) {
            this['entries'].set(key, value);
          },
      ),
  },

  'opens up without Redis': {
    breaks: 'sign-in does not open up',
    apply: () => patch(LocalLog.prototype, 'wait', () => () => 0),
  },
};

type Run = RedisScript<unknown>['run'];
type Definition = RedisScriptDefinition<unknown>;

/** Changes the text of a script; fails when what it looks for is not there any more. */
function lua(name: string, what: RegExp, by: () => string): () => void {
  return script(name, what, by, (run) => run);
}

function script(name: string, what: RegExp, by: () => string, wrap: (run: Run) => Run): () => void {
  return redefine(name, (_, definition, define) => {
    if (!what.test(definition.lua)) throw new Error(`the mutant does not find ${what} any more`);
    const changed = define({ ...definition, lua: definition.lua.replace(what, by) });
    return wrap((call) => changed.run(call));
  });
}

/** Puts something else in the place of one script. */
function redefine(
  name: string,
  make: (client: RedisClient, definition: Definition, define: (d: Definition) => RedisScript<unknown>) => Run,
): () => void {
  type Define = (this: RedisClient, definition: Definition) => RedisScript<unknown>;
  return patch(
    RedisClient.prototype as { defineScript: Define },
    'defineScript',
    (defineScript) =>
      function (definition) {
        const define = (d: Definition) => defineScript.call(this, d);
        if (definition.name !== name) return define(definition);
        return { run: make(this, definition, define) } as unknown as RedisScript<unknown>;
      },
  );
}

function patch<T extends object, K extends keyof T>(
  target: T,
  name: K,
  change: (original: T[K]) => T[K],
): () => void {
  const original = target[name];
  target[name] = change(original);
  return () => (target[name] = original);
}
