import { expectFenced } from '../testing/fencing/expect-fenced';
import { expectFoundOut } from '../testing/fencing/expect-found-out';
import { soakSeed } from '../testing/fleet/run-soak';

it('lets one hold and write at a time, for two minutes of stalls', async () => {
  await expectFenced(soakSeed(), 120_000, 'stalls');
}, 300_000);

it('lets nobody write who lost the lock, for two minutes of stalls and of a Redis that forgets', async () => {
  await expectFenced(soakSeed(), 120_000, 'all');
}, 300_000);

it('finds out locks with a release that deletes', async () => {
  await expectFoundOut('a release that deletes', 'stalls');
}, 600_000);
