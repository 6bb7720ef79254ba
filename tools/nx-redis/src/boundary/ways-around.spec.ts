import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOUNDARY_FIXTURES } from './boundary.fixtures';
import { WAYS_AROUND } from './ways-around';

const titles = BOUNDARY_FIXTURES.map(({ title }) => title);
const textOf = (file: string) => readFileSync(join(__dirname, file), 'utf8');

it('32 ways are known', () => {
  expect(new Set(WAYS_AROUND.map(([way]) => way)).size).toBe(32);
});

it.each(WAYS_AROUND)('%s is caught: %j', (_way, caughtBy) => {
  if ('lint' in caughtBy) expect(titles).toContain(caughtBy.lint);
  else if ('publicTypes' in caughtBy)
    expect(textOf('public-types.spec.ts')).toContain(`'${caughtBy.publicTypes}'`);
  else expect(textOf('projects.spec.ts')).toContain(`'${caughtBy.projects}'`);
});
