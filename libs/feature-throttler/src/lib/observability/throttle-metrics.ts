import { Counter, register } from 'prom-client';
import { type Limit, OUTCOMES } from '../limiter/limit';

const NAME = 'throttle_decisions_total';

/** The limits of this process, of all modules. */
const all = new Set<Limit>();

/** How decisions came out, read when somebody scrapes. Labels are the policy and one word; no user, no address. */
export class ThrottleMetrics {
  constructor(private readonly limits: readonly Limit[]) {
    for (const limit of limits) all.add(limit);
    // Two modules in one process (tests, say) share a metric instead of failing on its name.
    if (!register.getSingleMetric(NAME)) begin();
  }

  close(): void {
    for (const limit of this.limits) all.delete(limit);
  }
}

function begin(): void {
  new Counter({
    name: NAME,
    help: 'Decisions of rate limits; denied_local: known to be denied, fallback_*: made without Redis',
    labelNames: ['policy', 'outcome'],
    collect() {
      this.reset();
      for (const { policy, outcomes } of all) {
        for (const outcome of OUTCOMES) this.inc({ policy: policy.name, outcome }, outcomes[outcome]);
      }
    },
  });
}
