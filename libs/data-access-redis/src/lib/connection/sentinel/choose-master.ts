import { addressKey } from '../cluster/cluster-slots';
import type { MasterView } from './sentinel-replies';

export interface Standing {
  /** The one that is used now. */
  readonly current: MasterView | undefined;
  /** It is connected, and is a master. */
  readonly works: boolean;
  /** What each sentinel says that answers. */
  readonly views: readonly MasterView[];
  /** How many are known. */
  readonly sentinels: number;
  /** By {@link addressKey}: servers that said a moment ago that they are replicas. */
  readonly replicas: ReadonlySet<string>;
}

/**
 * Which server to use. Of two sentinels the one with the higher epoch knows better; of the same epoch, more of them. The
 * current master is left for a higher epoch, or when it does not work, or when most sentinels answer and none of them
 * names it. A lower epoch is never gone back to because the newest master cannot be reached: the old one may not know
 * yet that it was replaced, and what is written to it is lost.
 */
export function chooseMaster({
  current,
  works,
  views,
  sentinels,
  replicas,
}: Standing): MasterView | undefined {
  const newest = Math.max(...views.map(({ epoch }) => epoch));
  const votes = new Map<string, number>();
  for (const view of views) {
    if (view.epoch !== newest) continue;
    const key = addressKey(view.address);
    const weight = replicas.has(key) ? 0.001 : 1;
    votes.set(key, (votes.get(key) ?? 0) + weight);
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b - a)[0] ?? [];
  const best = views.find(({ epoch, address }) => epoch === newest && addressKey(address) === winner);
  if (!best || !current) return best ?? current;
  if (newest > current.epoch) return best;
  const named = views.some(({ address }) => addressKey(address) === addressKey(current.address));
  const mostAnswer = views.length > sentinels / 2;
  return (newest === current.epoch && !works) || (mostAnswer && !named) ? best : current;
}
