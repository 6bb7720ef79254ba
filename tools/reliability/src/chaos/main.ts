import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { isRed } from './matrix';
import { reportOf } from './report/markdown';
import { runMatrix } from './run-matrix';

const REPORT = join(__dirname, '../../../../docs/reliability.md');

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      filter: { type: 'string', default: '' },
      json: { type: 'string' },
    },
  });
  const { short, filter, json } = values;
  const run = await runMatrix({ short, filter, say: (line) => console.log(line) });
  const cells = run.topologies.flatMap(({ rows }) => rows.flatMap((row) => row.cells));
  const red = cells.filter(isRed).length;
  if (json) writeFileSync(json, `${JSON.stringify(run, undefined, 2)}\n`);
  // Of a part nobody should think that it is the whole.
  if (!short && !filter) {
    writeFileSync(REPORT, await format(reportOf(run), { parser: 'markdown', printWidth: 110 }));
    console.log('docs/reliability.md is written.');
  }
  console.log(`${cells.length - red} cells as promised, ${red} not`);
  return red === 0 && cells.length > 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
