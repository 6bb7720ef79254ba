import type { CacheEngine } from '../cache-engine';
import type { NearReads } from '../near/near-reads';
import { textOf } from '../read-batch';
import type { Answers, ReadBatch } from '../read-batch';
import type { ResolvedCacheOptions } from '../redis-cache-options';
import { tagKey } from '../tag/tags';
import type { EntryJudge } from './entry-judge';
import type { EntryKeys } from './entry-keys';
import type { Placed } from './placed';
import { NO_VERSIONS, unreadable } from './reading';
import type { Reading } from './reading';

const NOWHERE: readonly number[] = [];

/** Reads entries of one cache from Redis. Never rejects because of Redis: what it does not say is a miss. */
export class EntryReader<T> {
  /** Number of the last batch in which something was placed, and what of this cache stands in it. */
  private batchNumber = 0;
  private generationAt = 0;
  /** By id, for a full key would have to be put together and hashed first. */
  private places = new Map<string, number>();

  constructor(
    private readonly engine: CacheEngine,
    private readonly keys: EntryKeys,
    private readonly options: ResolvedCacheOptions<T>,
    private readonly judge: EntryJudge<T>,
    private readonly near: NearReads<T> | undefined,
  ) {}

  /**
   * Places the keys of an entry in a batch; undefined while an invalidation of it has not been sent.
   * @param alone whether nobody else is likely to read the entry in this tick; twice in a batch does no harm
   * @throws RedisUsageError for a bad id
   */
  place(id: string, batch = this.engine.reads.batch(), alone = false): Placed | undefined {
    const key = this.keys.full(id);
    const tags = this.options.tags(id);
    if (this.judge.isPending(id, tags)) return undefined;
    if (batch.number !== this.batchNumber) this.beginIn(batch);
    let at = alone ? undefined : this.places.get(id);
    if (at === undefined) {
      at = batch.append(key);
      if (!alone) this.places.set(id, at);
    }
    return {
      id,
      tags,
      batch,
      at,
      generationAt: this.generationAt,
      tagsAt: tags.length === 0 ? NOWHERE : tags.map((tag) => batch.place(this.keys.tag(tag))),
    };
  }

  /** Undefined when the entry was not placed, or Redis did not answer. */
  answers(placed: Placed | undefined): Promise<Answers | undefined> | undefined {
    return placed && this.engine.reads.answerOf(placed.batch);
  }

  /** The value of an answer that may be served as it is; undefined when the answer must be {@link judged}. */
  freshAtOnce(placed: Placed | undefined, answers: Answers | undefined): T | null | undefined {
    return placed && answers && this.judge.freshAtOnce(placed, answers);
  }

  /**
   * What an answer means. Call it in the turn in which the answer arrived.
   * @throws RedisUsageError when the schema of the cache is asynchronous
   */
  judged(placed: Placed | undefined, answers: Answers | undefined): Reading<T> | Promise<Reading<T>> {
    if (placed === undefined || answers === undefined) return unreadable();
    const reading = this.judge.judge(placed, answers);
    if (reading.added !== undefined) return this.checkAddedTags(placed, reading, reading.added);
    this.near?.keep(placed, reading);
    return reading;
  }

  /** The entry itself, with all that is known of it. */
  async read(id: string): Promise<Reading<T>> {
    const placed = this.place(id);
    return this.judged(placed, await this.answers(placed));
  }

  /**
   * The version of the cache's own tag, and those of its declared tags by name; tags that have none get one. What is
   * known already need not be asked for.
   * @throws RedisError
   */
  async versionsNow(
    tags: readonly string[],
    known: ReadonlyMap<string, string> = NO_VERSIONS,
  ): Promise<[generation: string, tags: Record<string, string>]> {
    const versionOf = async (tag: string) => known.get(tag) ?? (await this.engine.tags.version(tag)).version;
    const [generation, ...versions] = await Promise.all([this.keys.generationTag, ...tags].map(versionOf));
    return [generation as string, Object.fromEntries(tags.map((tag, i) => [tag, versions[i] as string]))];
  }

  private beginIn(batch: ReadBatch): void {
    this.batchNumber = batch.number;
    this.places = new Map();
    this.generationAt = batch.place(this.keys.generation);
  }

  /** Tags that the loader chose are known only from the entry: their versions cost a second read. */
  private async checkAddedTags(
    placed: Placed,
    reading: Reading<T>,
    added: readonly string[],
  ): Promise<Reading<T>> {
    const { pending } = this.engine;
    if (added.some((tag) => pending.has(tagKey(tag)))) return unreadable();
    const batch = this.engine.reads.batch();
    const places = added.map((tag) => batch.place(this.keys.tag(tag)));
    const versions = await this.engine.reads.answerOf(batch);
    if (versions === undefined) return unreadable();
    const current = added.every(
      (tag, i) =>
        textOf(versions[places[i] as number]) === reading.entry?.tags?.[tag] &&
        !pending.has(tagKey(tag)) &&
        !batch.isDoubtful(this.keys.tag(tag)),
    );
    if (!current) return { ...reading, state: 'none', value: undefined, entry: undefined };
    this.near?.keep(placed, reading, added, batch);
    return reading;
  }
}
