import { COLUMNS } from '../matrix';
import { GROUPS } from './all-faults';

// A row that is taken out is red nowhere else: the matrix shows what ran.
it('the matrix has every way in which Redis is known to fail, each once', () => {
  expect(GROUPS.map(({ topology, faults }) => [topology, faults.map(({ name }) => name).sort()])).toEqual([
    [
      'one Redis',
      [
        'CLIENT PAUSE',
        'DNS gone',
        'FLUSHALL',
        'SCRIPT FLUSH',
        'a minute of black hole',
        'black hole',
        'busy script',
        'flapping every second',
        'frozen',
        'half-open',
        'killed',
        'loading',
        'max clients',
        'out of memory',
        'read-only after fail-over',
        'refused',
        'restarted empty',
        'slow by 300 ms',
        'wrong password at rotation',
      ],
    ],
    ['a Redis that speaks TLS', ['certificate expired']],
    ['a Cluster of three masters with replicas', ['Cluster node lost', 'slot moving']],
    ['a master with a replica and three sentinels', ['Sentinel fail-over', 'Sentinel fail-over, planned']],
  ]);
});

it('and watches all that uses Redis', () => {
  expect(COLUMNS).toEqual([
    'cached read',
    'cache write',
    'invalidation',
    'lock holder',
    'waiter',
    'leader',
    'throttled request',
    'sign-in',
    'revocation',
    'image job',
    'readiness',
  ]);
});

it('an outage lasts a minute in one row, for what memory it costs', () => {
  const minutes = GROUPS.flatMap(({ faults }) => faults).filter(({ lastsMs = 0 }) => lastsMs >= 60_000);
  expect(minutes.map(({ name }) => name)).toEqual(['a minute of black hole']);
});
