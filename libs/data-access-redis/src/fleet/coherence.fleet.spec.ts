import { expectCoherent } from '../testing/fleet/expect-coherent';
import { runSoak, soakSeed } from '../testing/fleet/run-soak';

it('serves nothing old among 4 processes whose connections break', async () => {
  expectCoherent(await runSoak({ seed: soakSeed(), operations: 8_000, faults: 'all' }));
}, 120_000);
