import { expectFenced } from '../testing/fencing/expect-fenced';
import { soakSeed } from '../testing/fleet/run-soak';

it('lets one hold and write at a time, among 4 processes that stall', async () => {
  await expectFenced(soakSeed(), 10_000, 'stalls');
}, 120_000);

it('lets nobody write who lost the lock, among 4 processes that stall and a Redis that forgets', async () => {
  await expectFenced(soakSeed(), 12_000, 'all');
}, 120_000);
