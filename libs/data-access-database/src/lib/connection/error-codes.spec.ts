import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_ERROR_CODES } from './database.errors';

it('the error codes are each explained in docs/errors.md, in the words of the table', () => {
  const page = readFileSync(join(__dirname, '../../../../../docs/errors.md'), 'utf8').replace(/ +/g, ' ');
  for (const [code, { means, todo }] of Object.entries(DATABASE_ERROR_CODES)) {
    expect(page).toContain(`| \`${code}\` | ${means} | ${todo} |`);
  }
  expect(page.match(/\| `DATABASE_\w+` \|/g)).toHaveLength(Object.keys(DATABASE_ERROR_CODES).length);
});
