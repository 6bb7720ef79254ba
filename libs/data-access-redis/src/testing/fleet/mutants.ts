import { RedisClient } from '../../lib/client/redis-client';
import { Coherence } from '../../lib/cache/near/coherence';
import { InvalidationFeed } from '../../lib/cache/near/invalidation-feed';
import { TrackingLink } from '../../lib/cache/near/tracking-link';
import { EntryJudge } from '../../lib/cache/entry/entry-judge';
import { EntryReader } from '../../lib/cache/entry/entry-reader';
import type { Reading } from '../../lib/cache/entry/reading';
import { ReadBatch } from '../../lib/cache/read-batch';

/**
 * Engines that lack one of the things that keep caches honest. The coherence test must find each out; only the main
 * of a test's child process can ask for one.
 */
export const MUTANTS = {
  'no in-flight marker': () => {
    ReadBatch.prototype.isDirty = () => false;
  },

  'no fence on a fill': () => {
    const FENCE = /^if redis\.call\('HGET', KEYS\[2\], 'holder'\) ~= ARGV\[1\] then return 0 end$/m;
    const defineScript = RedisClient.prototype.defineScript;
    RedisClient.prototype.defineScript = function (definition) {
      if (definition.name !== 'cache-fill') return defineScript.call(this, definition) as never;
      if (!FENCE.test(definition.lua)) throw new Error('the mutant does not find the fence any more');
      return defineScript.call(this, { ...definition, lua: definition.lua.replace(FENCE, '') }) as never;
    };
  },

  'no tag check': () => {
    const { judge } = EntryJudge.prototype;
    EntryJudge.prototype.judge = function (placed, answers) {
      return judge.call(this, { ...placed, tags: [] }, answers) as never;
    };
    EntryReader.prototype['checkAddedTags'] = <T>(_: unknown, reading: Reading<T>) =>
      Promise.resolve(reading);
  },

  'no flush on reconnect': () => {
    // Flushes that the server tells of still count, so only what happens around a lost link is taken out.
    const { disarm, disarmAll, arm } = {
      disarm: TrackingLink.prototype['disarm'],
      disarmAll: InvalidationFeed.prototype['disarm'],
      arm: TrackingLink.prototype['arm'],
    };
    const lost = Coherence.prototype.lost;
    let silenced = 0;
    Coherence.prototype.lost = function () {
      if (silenced === 0) lost.call(this);
    };
    TrackingLink.prototype['disarm'] = function () {
      silenced += 1;
      disarm.call(this);
      silenced -= 1;
    };
    InvalidationFeed.prototype['disarm'] = function () {
      silenced += 1;
      disarmAll.call(this);
      silenced -= 1;
    };
    TrackingLink.prototype['arm'] = async function (...words: Parameters<typeof arm>) {
      silenced += 1;
      await arm.apply(this, words).finally(() => (silenced -= 1));
    };
  },
} as const satisfies Record<string, () => void>;

export type Mutant = keyof typeof MUTANTS;
