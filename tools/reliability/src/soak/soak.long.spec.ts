import type { SoakPlan } from './arguments';
import { FAULTS } from './faults';
import { reportOn } from './report';
import { runSoak } from './run-soak';

// With this one each fault that takes Redis away lasts for more than three seconds, so that readiness is asked in it.
const seed = Number(process.env['SOAK_SEED'] ?? 1962);

// The soak, but short: what grows is measured by `npm run soak`, which needs minutes for that and an idle machine.
it(`while Redis breaks in each way there is, two instances answer everybody right (SOAK_SEED=${seed})`, async () => {
  const plan: SoakPlan = {
    minutes: 1,
    seed,
    json: undefined,
    leastFaults: FAULTS.length,
    calmMs: [1_000, 2_000],
    measuresGrowth: false,
  };
  const lines: string[] = [];
  const soaked = await runSoak(plan, (line) => lines.push(line));
  const { wrong, verdict, done, stalls, all } = reportOn(soaked);
  const course = [...lines, `stalls in ms: ${JSON.stringify(stalls)}`, JSON.stringify(done)];
  process.stdout.write(`SOAK_SEED=${seed}: ${all.requests} requests\n${course.join('\n')}\n`);

  expect([verdict, wrong]).toEqual([[], []]);
  const struck = soaked.journal.timeline.faults.map(({ name }) => name);
  expect(struck.toSorted()).toEqual(FAULTS.map(({ name }) => name).toSorted());
  // Nothing is right because nobody asked.
  for (const what of [
    'characters made, changed and deleted',
    'sessions begun, renewed and ended',
    'files opened',
    'galleries seen',
    'guesses judged',
    'readiness: degraded while it has no Redis',
    'readiness: ok',
  ]) {
    expect(done).toHaveProperty([what]);
  }
}, 600_000);
