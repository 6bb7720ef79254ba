import { comparePublicRepositories } from './testing/compare-public-repositories';

/** A folder with the checkouts that `fixtures/public-repositories.json` names; without it there is nothing to compare. */
const folder = process.env['AUDIT_REPOSITORIES'];

it('finds in public repositories what was labelled by hand', () => {
  if (folder === undefined) return;
  const { lines, all } = comparePublicRepositories(folder);
  process.stdout.write(`${lines.join('\n')}\n`);
  expect(all.flatMap(({ missed, invented }) => [...missed, ...invented])).toEqual([]);
}, 120_000);
