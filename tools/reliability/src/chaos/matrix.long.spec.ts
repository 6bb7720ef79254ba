import { COLUMNS } from './matrix';
import { runMatrix } from './run-matrix';

// The short matrix, without its times: how fast things are is measured by `npm run chaos`, on a machine that does
// nothing else.
it('while Redis is killed, frozen, cut off or emptied, nothing answers wrong and all comes back', async () => {
  const lines: string[] = [];
  const { topologies } = await runMatrix({ short: true, filter: '', say: (line) => lines.push(line) });
  const rows = topologies.flatMap(({ rows }) => rows);
  expect(rows.map(({ fault }) => fault)).toEqual(['black hole', 'frozen', 'killed', 'FLUSHALL']);
  for (const { fault, cells } of rows) {
    expect([fault, ...cells.map(({ column }) => column)]).toEqual([fault, ...COLUMNS]);
  }
  const broken = rows.flatMap(({ fault, cells }) =>
    cells.flatMap(({ column, failures }) => failures.map((failure) => `${fault}, ${column}: ${failure}`)),
  );
  expect([broken, lines]).toEqual([[], lines]);
}, 900_000);
