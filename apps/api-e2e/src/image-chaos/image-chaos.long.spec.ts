import { checkChaos } from './check-chaos';

const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1e9));

it('200 images, while processes, Redis and the servers that paint die: each ends, and none is painted twice', async () => {
  const report = await checkChaos({
    seed: SEED,
    jobs: 200,
    leaseMs: 600,
    paintMs: 1_900,
    slotsPerServer: 3,
    cancels: true,
    every: 4_000,
    disturbances: ['kill', 'delay', 'redis', 'freeze', 'kill', 'term', 'delay', 'kill', 'comfyui', 'freeze'],
    repeat: true,
    calmAfter: 200_000,
    patience: 600_000,
  });
  const { kills, freezes, delays, terms, restarts } = report;
  for (const { ofRunning } of [kills, freezes, delays, terms]) expect(ofRunning).toBeGreaterThan(0);
  for (const times of Object.values(restarts)) expect(times).toBeGreaterThan(0);
}, 720_000);
