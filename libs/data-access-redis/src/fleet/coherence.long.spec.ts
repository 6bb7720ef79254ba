import { expectCoherent } from '../testing/fleet/expect-coherent';
import { runSoak, soakSeed } from '../testing/fleet/run-soak';

it('serves nothing old in 100,000 operations of 4 processes whose connections break', async () => {
  expectCoherent(await runSoak({ seed: soakSeed(), operations: 100_000, faults: 'all' }));
}, 900_000);
