import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveElectionTimes } from '../leader-election/election-options';
import { resolveLockOptions } from './lock-options';

it('the guide on coordination names the defaults as they are', () => {
  const guide = readFileSync(join(__dirname, '../../../../../docs/guides/coordination.md'), 'utf8');
  const named = new Map(
    [...guide.matchAll(/^\| `(\w+)` +\| (?:`(\d+)`|none) /gm)].map(([, option, value]) => [option, value]),
  );
  const { terms, wait, permits, signal } = resolveLockOptions({});
  const election = resolveElectionTimes({});
  const real = {
    ttl: terms.ttl,
    wait,
    signal,
    permits,
    leaseDuration: election.terms.ttl,
    renewDeadline: election.terms.lostAfter,
    retryPeriod: election.retryPeriod,
  };
  expect(Object.fromEntries(named)).toEqual(
    Object.fromEntries(
      Object.entries(real).map(([option, value]) => [
        option,
        value === undefined ? undefined : String(value),
      ]),
    ),
  );
});
