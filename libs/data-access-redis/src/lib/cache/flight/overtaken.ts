import type { CacheEngine } from '../cache-engine';
import { textOf } from '../read-batch';

/** Under what a load runs: when it began, in µs on the server's clock, and the versions known then, by tag. */
export interface LoadedUnder {
  since: number;
  versions: Readonly<Record<string, string>>;
}

/**
 * Whether one of these tags has been raised since a load began. A tag that has no version was not raised, and gets
 * none here. False when Redis does not say.
 */
export async function overtakenByTag(
  engine: CacheEngine,
  tags: readonly string[],
  { since, versions }: LoadedUnder,
): Promise<boolean> {
  const batch = engine.reads.batch();
  const places = tags.map((tag) => batch.place(engine.tagKey(tag)));
  const current = (await engine.reads.answerOf(batch)) ?? [];
  return tags.some((tag, i) => {
    const version = textOf(current[places[i] as number]);
    return version !== undefined && Number(version) > since && version !== versions[tag];
  });
}
