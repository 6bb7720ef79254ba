import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOB_ERROR_CODES } from './jobs/job-errors';
import { RUNNER_ERROR_CODES } from './jobs/runner.errors';
import { IMAGE_FILE_ERROR_CODES } from './storage/image-file.errors';

const PAGE = readFileSync(join(__dirname, '../../../../docs/errors.md'), 'utf8').replace(/ +/g, ' ');

/** The rows of the table under a heading. */
function rowsUnder(heading: string): string[] {
  const section = PAGE.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

describe('the error codes are each explained in docs/errors.md, in the words of the table:', () => {
  it('those of files', () => {
    const rows = Object.entries(IMAGE_FILE_ERROR_CODES).map(
      ([code, { means, todo, retry }]) => `| \`${code}\` | ${retry ? 'yes' : 'no'} | ${means} | ${todo} |`,
    );
    expect(rowsUnder('Files of images')).toEqual(rows);
  });

  it('those of painting', () => {
    const rows = Object.entries(RUNNER_ERROR_CODES).map(
      ([code, { kind, means, todo, words }]) => `| \`${code}\` | ${kind} | ${means} | ${todo} | ${words} |`,
    );
    expect(rowsUnder('Painting of images')).toEqual(rows);
  });

  it('those of jobs', () => {
    const rows = Object.entries(JOB_ERROR_CODES).map(
      ([code, { means, todo, words }]) => `| \`${code}\` | ${means} | ${todo} | ${words} |`,
    );
    expect(rowsUnder('Jobs of images')).toEqual(rows);
  });
});
