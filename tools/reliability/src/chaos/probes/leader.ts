import type { LeaderElection } from '@sluice/data-access-redis';
import { now } from '../matrix';
import { every } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import { LEASE_MS, RENEW_DEADLINE_MS, RETRY_MS } from './lease-times';
import type { Member } from './member';

const EVERY_MS = 25;

/** Two candidates of one election. */
export async function lead(reporter: Reporter, one: Member, two: Member): Promise<void> {
  let highest = 0;
  const join = ({ elections, name }: Member): LeaderElection =>
    elections.join('chaos', {
      leaseDuration: LEASE_MS,
      renewDeadline: RENEW_DEADLINE_MS,
      retryPeriod: RETRY_MS,
      onStartedLeading: (signal, term) => {
        if (term <= highest) {
          const wrong = `${name} leads by term ${term} after ${highest}`;
          reporter.say('leader', { ms: 0, outcome: 'term went back', usual: false, wrong });
        }
        highest = Math.max(highest, term);
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      onStoppedLeading: (reason) => {
        reporter.say('leader', { ms: 0, outcome: `stopped: ${reason}`, usual: true, lostAt: now() });
      },
    });

  const candidates = [join(one), join(two)];
  let lastLed = now();
  await every(EVERY_MS, reporter, async () => {
    const leaders = candidates.filter(({ isLeader }) => isLeader).length;
    if (leaders > 0) lastLed = now();
    reporter.say('leader', {
      ms: now() - lastLed,
      outcome: leaders === 0 ? 'nobody leads' : leaders === 1 ? 'one leads' : 'two lead',
      usual: leaders === 1,
      ...(leaders > 1 && { shared: 'two led at once' }),
    });
  });
  await Promise.all(candidates.map((candidate) => candidate.leave()));
}
