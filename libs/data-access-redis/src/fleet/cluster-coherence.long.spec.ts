import { expectCoherent } from '../testing/fleet/expect-coherent';
import { runSoak, soakSeed } from '../testing/fleet/run-soak';

it('serves nothing old in 20,000 operations of 4 processes on a Cluster that changes', async () => {
  expectCoherent(await runSoak({ seed: soakSeed(), operations: 20_000, faults: 'cluster' }));
}, 300_000);
