import { writeFileSync } from 'node:fs';
import { readArguments } from './arguments';
import { printed } from './print-report';
import { reportOn } from './report';
import { runSoak } from './run-soak';

async function main(): Promise<void> {
  const plan = readArguments(process.argv.slice(2));
  console.log(
    `The soak has the seed ${plan.seed}; --seed ${plan.seed} breaks the same things in the same order.`,
  );
  const report = reportOn(await runSoak(plan, (line) => console.log(line)));
  console.log(`\n${printed(report)}`);
  if (plan.json !== undefined) writeFileSync(plan.json, `${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.verdict.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
