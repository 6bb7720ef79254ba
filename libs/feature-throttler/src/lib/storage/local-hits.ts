import { localNow } from '../local/local-clock';
import { RecentMap } from '../local/recent-map';
import type { Hit, HitRules } from './storage-record';

interface State {
  servedUntil: number;
  blockedUntil: number;
}

/** What `hit.lua` does, in this process alone and by a clock that is never set. */
export class LocalHits {
  private readonly states: RecentMap<State>;

  constructor(maxKeys: number) {
    this.states = new RecentMap(maxKeys);
  }

  hit(name: string, { intervalUs, toleranceUs, blockMs }: HitRules): Hit {
    const now = localNow();
    const { servedUntil = now, blockedUntil = now } = this.states.get(name) ?? {};
    const ahead = Math.min(Math.max(0, servedUntil - now), toleranceUs);
    if (blockedUntil > now) return { ahead, deniedMs: (blockedUntil - now) / 1_000 };
    const excess = ahead + intervalUs - toleranceUs;
    if (excess > 0) {
      if (blockMs === 0) return { ahead, deniedMs: excess / 1_000 };
      this.states.set(name, { servedUntil, blockedUntil: now + blockMs * 1_000 });
      return { ahead, deniedMs: blockMs };
    }
    this.states.set(name, { servedUntil: now + ahead + intervalUs, blockedUntil });
    return { ahead: ahead + intervalUs, deniedMs: 0 };
  }

  giveBack(name: string, { intervalUs }: HitRules): void {
    const state = this.states.get(name);
    if (state) state.servedUntil -= intervalUs;
  }
}
