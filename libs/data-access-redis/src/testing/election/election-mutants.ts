import { LeaderElection } from '../../lib/leader-election/leader-election';
import { Leadership } from '../../lib/leader-election/leadership';
import { RedisLeaderElectionService } from '../../lib/leader-election/redis-leader-election.service';
import { Leases } from '../../lib/lease/leases';

/**
 * Elections that lack one of the things that keep two from leading at once. The tests must find each out; only the main
 * of a test's child process can ask for one.
 */
export const ELECTION_MUTANTS = {
  'no renew deadline': () => {
    const take = Leases.prototype.take;
    Leases.prototype.take = function (request) {
      return take.call(this, { ...request, terms: { ...request.terms, lostAfter: 3_600_000 } });
    };
  },

  'a release before the work has ended': () => {
    const join = RedisLeaderElectionService.prototype.join;
    RedisLeaderElectionService.prototype.join = function (name, options = {}): LeaderElection {
      const onStartedLeading = (signal: AbortSignal, term: number) => {
        void options.onStartedLeading?.(signal, term);
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      };
      return join.call(this, name, { ...options, onStartedLeading });
    };
  },

  'one term for all': () => {
    const take = Leases.prototype.take;
    Leases.prototype.take = async function (request) {
      const lease = await take.call(this, request);
      return Object.defineProperty(lease, 'token', { value: 1 });
    };
  },

  'an isLeader that remembers': () => {
    const serving = new WeakSet<Leadership>();
    const serve = Leadership.prototype.serve;
    Leadership.prototype.serve = function (leaving) {
      serving.add(this);
      return serve.call(this, leaving).finally(() => serving.delete(this));
    };
    Object.defineProperty(Leadership.prototype, 'isHeld', {
      get(this: Leadership) {
        return serving.has(this);
      },
    });
  },
} as const satisfies Record<string, () => void>;

export type ElectionMutant = keyof typeof ELECTION_MUTANTS;
