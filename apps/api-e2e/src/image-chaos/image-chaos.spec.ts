import { checkChaos } from './check-chaos';

it('images whose process is killed, stands still or is late are painted once, by another one', async () => {
  const { kills, freezes, delays } = await checkChaos({
    seed: 1,
    jobs: 20,
    leaseMs: 500,
    paintMs: 1_500,
    slotsPerServer: 2,
    cancels: false,
    every: 2_000,
    disturbances: ['kill', 'freeze', 'delay'],
    repeat: false,
    calmAfter: 60_000,
    patience: 60_000,
  });
  // A job can end just before it is hit.
  expect(kills.ofRunning + freezes.ofRunning + delays.ofRunning).toBeGreaterThanOrEqual(2);
}, 120_000);
