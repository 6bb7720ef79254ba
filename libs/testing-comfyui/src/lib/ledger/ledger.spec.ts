import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileReference } from '../files/file-store';
import { LedgerBook, readLedger } from './ledger';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'ledger-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const file: FileReference = { filename: 'a.png', subfolder: '', type: 'output' };

it('is empty for a server that never ran', () => {
  expect(readLedger(directory)).toMatchObject({ entries: [], lives: 0 });
});

it('tells what was painted by more than one run, and not what one run painted in a batch', () => {
  const book = new LedgerBook(directory);
  book.beginLife();
  for (const promptId of ['batch', 'twice', 'twice']) {
    book.write({ what: 'run', promptId });
    book.write({ what: 'painted', promptId, file });
    if (promptId === 'batch') book.write({ what: 'painted', promptId, file });
  }
  const ledger = readLedger(directory);
  expect([ledger.runs('batch'), ledger.runs('twice'), ledger.runs('never')]).toEqual([1, 2, 0]);
  expect(ledger.paintedTwice).toEqual(['twice']);
});

it('tells what was forgotten by a restart, each time anew, and not what was deleted before', () => {
  const book = new LedgerBook(directory);
  book.beginLife();
  book.write({ what: 'accepted', promptId: 'waits' });
  book.write({ what: 'accepted', promptId: 'deleted' });
  book.write({ what: 'deleted', promptId: 'deleted' });
  expect(readLedger(directory).forgotten).toEqual([]);

  new LedgerBook(directory).beginLife();
  expect(readLedger(directory).forgotten).toEqual(['waits']);
  const third = new LedgerBook(directory);
  third.beginLife();
  third.write({ what: 'accepted', promptId: 'later' });
  expect(readLedger(directory)).toMatchObject({ lives: 3, forgotten: ['waits'] });
});
