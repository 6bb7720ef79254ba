import { RedisUsageError } from '../../connection/redis.errors';
import type { CacheEngine } from '../cache-engine';
import type { CacheStats } from '../cache-stats';
import { textOf } from '../read-batch';
import type { Answers } from '../read-batch';
import type { ResolvedCacheOptions } from '../redis-cache-options';
import { tagKey } from '../tag/tags';
import type { EntryKeys } from './entry-keys';
import { decode, findFreshBody, textFrom } from './envelope';
import type { Entry } from './envelope';
import type { Placed } from './placed';
import { NO_VERSIONS, NOTHING, unreadable } from './reading';
import type { Reading } from './reading';
import { InvalidValue } from './value-codec';
import type { ValueCodec } from './value-codec';

/** Says what an answer means for one entry. Ask it in the turn in which the answer arrived. */
export class EntryJudge<T> {
  /** Nothing but the value of a fresh entry is asked for. */
  private readonly plain: boolean;

  constructor(
    private readonly engine: CacheEngine,
    private readonly keys: EntryKeys,
    private readonly options: ResolvedCacheOptions<T>,
    private readonly codec: ValueCodec<T>,
    private readonly stats: CacheStats,
  ) {
    this.plain = options.near === undefined && options.earlyRefresh === 0;
  }

  /**
   * The value of the commonest read of all, without what only others need; undefined when it is one of these.
   */
  freshAtOnce({ batch, at, generationAt, tags }: Placed, answers: Answers): T | undefined {
    if (!this.plain || tags.length > 0 || this.engine.pending.size > 0 || batch.hasDoubts) return undefined;
    const raw = answers[at];
    const generation = answers[generationAt];
    if (raw == null || generation == null) return undefined;
    const bodyAt = findFreshBody(raw, generation, this.engine.clock.at(batch.answeredAt));
    if (bodyAt < 0) return undefined;
    try {
      return this.codec.read(textFrom(raw, bodyAt)) as T;
    } catch {
      return undefined; // the long way says what is wrong with it
    }
  }

  /** @throws RedisUsageError when the schema of the cache is asynchronous */
  judge(placed: Placed, answers: Answers): Reading<T> {
    const { id, tags, tagsAt } = placed;
    if (isUnread(placed) || this.isPending(id, tags) || this.isDoubtful(placed)) return unreadable();
    const raw = answers[placed.at];
    if (raw == null) return this.miss(placed, answers, '');
    const decoded = decode(raw);
    if (typeof decoded === 'string') {
      if (decoded === 'newer') return unreadable();
      this.engine.store.discard(this.keys.key(id), raw);
      return this.miss(placed, answers, '');
    }
    if ('is' in decoded || decoded.generation !== textOf(answers[placed.generationAt])) {
      return this.miss(placed, answers, decoded.head);
    }
    for (let i = 0; i < tags.length; i++) {
      const version = textOf(answers[tagsAt[i] as number]);
      if (version === undefined || decoded.tags?.[tags[i] as string] !== version) {
        return this.miss(placed, answers, decoded.head);
      }
    }
    const age = this.engine.clock.at(placed.batch.answeredAt) - decoded.expiresAt;
    if (age >= 0 && age >= this.oldestServed(decoded)) return this.miss(placed, answers, decoded.head);
    let value: T | null;
    try {
      value = this.codec.read(decoded.body);
    } catch (error) {
      if (error instanceof RedisUsageError) throw error;
      if (error instanceof InvalidValue) {
        this.stats.invalid += 1;
        return this.miss(placed, answers, decoded.head);
      }
      this.engine.store.discard(this.keys.key(id), raw);
      return this.miss(placed, answers, '');
    }
    return {
      state: age < 0 ? 'fresh' : 'stale',
      value,
      entry: decoded,
      seen: decoded.head,
      storable: true,
      versions: age < 0 ? NO_VERSIONS : this.versionsIn(placed, answers),
      added: decoded.tags === undefined ? undefined : addedTags(decoded.tags, tags),
    };
  }

  /** Whether an invalidation of the entry has not been sent yet, so that Redis must not be asked for it. */
  isPending(id: string, tags: readonly string[]): boolean {
    const { pending } = this.engine;
    if (pending.size === 0) return false;
    return (
      pending.has(this.keys.key(id)) ||
      pending.has(tagKey(this.keys.generationTag)) ||
      tags.some((tag) => pending.has(tagKey(tag)))
    );
  }

  private isDoubtful({ id, tags, batch }: Placed): boolean {
    if (!batch.hasDoubts) return false;
    const { keys } = this;
    return [keys.full(id), keys.generation, ...tags.map((tag) => keys.tag(tag))].some((key) =>
      batch.isDoubtful(key),
    );
  }

  private miss(placed: Placed, answers: Answers, seen: string): Reading<T> {
    return { ...NOTHING, seen, storable: true, versions: this.versionsIn(placed, answers) };
  }

  private versionsIn({ tags, tagsAt, generationAt }: Placed, answers: Answers): ReadonlyMap<string, string> {
    const versions = new Map<string, string>();
    const note = (tag: string, version: string | undefined) => {
      if (version !== undefined) versions.set(tag, version);
    };
    note(this.keys.generationTag, textOf(answers[generationAt]));
    tags.forEach((tag, i) => note(tag, textOf(answers[tagsAt[i] as number])));
    return versions;
  }

  /** How long after its end of freshness an entry may still be handed out, for whatever reason. */
  private oldestServed(entry: Entry): number {
    if (entry.body === null) return 0;
    return Math.max(this.options.staleWhileRevalidate, this.options.failSafe.maxAge);
  }
}

function addedTags(tags: object, declared: readonly string[]): readonly string[] | undefined {
  const added = Object.keys(tags).filter((tag) => !declared.includes(tag));
  return added.length === 0 ? undefined : added;
}

/** Whether a Cluster did not tell all that is needed to judge an entry. */
function isUnread({ batch: { unread }, at, generationAt, tagsAt }: Placed): boolean {
  if (unread === undefined) return false;
  return unread.has(at) || unread.has(generationAt) || tagsAt.some((place) => unread.has(place));
}
