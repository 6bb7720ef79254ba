import { COLUMNS, isRed } from '../matrix';
import type { Cell, Column, Effect, Sample } from '../matrix';
import { LEASE_MS } from '../probes/lease-times';
import { judge, notRun } from './judge';
import type { Observed } from './observed';

const LOST: Effect = { commands: 'lost', data: 'kept' };
const STRUCK = 10_000;
const ENDED = 15_000;
const MIB = 1_048_576;

/** All as promised: every column is asked ten times a second, and Redis is lost from the 10th second to the 15th. */
function asPromised(): Sample[] {
  return COLUMNS.flatMap((column) =>
    Array.from({ length: 200 }, (_, i) => {
      const at = i * 100;
      const lost = at >= STRUCK && at < ENDED;
      const outcomes: Partial<Record<Column, [lost: string, well: string]>> = {
        readiness: ['degraded', 'ok'],
        'throttled request': ['allowed', 'allowed'],
      };
      const [without, well] = outcomes[column] ?? ['without', 'with'];
      const outcome = lost ? without : well;
      return { column, at, ms: 2, outcome, usual: !lost };
    }),
  );
}

function seen(samples: readonly Sample[], more: Partial<Observed> = {}): Observed {
  return {
    samples,
    spans: { began: 0, struckAt: STRUCK, endedAt: ENDED, stoppedAt: 20_500 },
    measuring: [],
    stalls: [],
    unhandled: { library: [], api: [] },
    grown: { library: 0, api: 0 },
    paintedTwice: 0,
    ...more,
  };
}

function cellOf(column: Column, observed: Observed, effect: Effect = LOST): Cell {
  const cell = judge({ effect }, observed).find((one) => one.column === column);
  if (!cell) throw new Error(`there is no cell for ${column}`);
  return cell;
}

/** The cell of a column in which one more thing was seen. */
function withOne(column: Column, at: number, more: Partial<Sample>, effect = LOST): Cell {
  const sample: Sample = { column, at, ms: 2, outcome: 'with', usual: true, ...more };
  const samples = [...asPromised(), sample].sort((a, b) => a.at - b.at);
  return cellOf(column, seen(samples), effect);
}

it('is green when all was as promised', () => {
  expect(judge({ effect: LOST }, seen(asPromised())).filter(isRed)).toEqual([]);
});

it.each(COLUMNS)('%s is red when it did not run, before the fault, in it, or after it', (column) => {
  const without = (from: number, to: number) =>
    cellOf(
      column,
      seen(asPromised().filter((one) => one.column !== column || one.at < from || one.at >= to)),
    );
  expect(isRed(without(0, STRUCK))).toBe(true);
  expect(isRed(without(STRUCK, ENDED))).toBe(true);
  expect(isRed(without(ENDED, 20_000))).toBe(true);
});

it('is red in every column when the fault could not be brought about', () => {
  expect(notRun({ effect: LOST }, 'no server').filter(isRed)).toHaveLength(COLUMNS.length);
});

it('one wrong answer among thousands makes it red', () => {
  expect(withOne('cached read', 12_000, { wrong: 'an old value' }).wrong).toEqual(['an old value']);
  expect(isRed(withOne('sign-in', 1_000, { wrong: 'it answered 500' }))).toBe(true);
});

it('two holders are wrong where Redis kept its data, and not where it lost it', () => {
  const shared = { shared: 'two at once' };
  expect(isRed(withOne('leader', 16_000, shared))).toBe(true);
  expect(isRed(withOne('leader', 16_000, shared, { commands: 'lost', data: 'lost' }))).toBe(false);
  expect(isRed(withOne('leader', 9_000, shared, { commands: 'lost', data: 'lost' }))).toBe(true);
});

it('a stale write is accepted after nothing but a loss of all data', () => {
  const stale = { stale: 'an older token' };
  expect(isRed(withOne('lock holder', 16_000, stale, { commands: 'partly', data: 'behind' }))).toBe(true);
  expect(isRed(withOne('lock holder', 16_000, stale, { commands: 'partly', data: 'lost' }))).toBe(false);
});

it('who holds a lock after its lease makes it red', () => {
  const late = STRUCK + LEASE_MS + 1;
  expect(isRed(withOne('lock holder', late, { outcome: 'held', usual: false }))).toBe(true);
  expect(isRed(withOne('lock holder', late - 100, { outcome: 'held', usual: false }))).toBe(false);
});

it('an old state elsewhere is allowed while Redis is lost and 5 s after, no longer', () => {
  const effect: Effect = { commands: 'partly', data: 'kept' };
  expect(withOne('revocation', 14_000, { staleMs: 2_000 }, effect).late).toEqual([]);
  expect(withOne('revocation', 9_000, { staleMs: 2_000 }, effect).late).toHaveLength(1);
  expect(
    withOne('revocation', 14_000, { staleMs: 2_000 }, { ...effect, commands: 'served' }).late,
  ).toHaveLength(1);
});

it('one slow answer makes it red, unless its process stood still meanwhile', () => {
  const slow = { ms: 300, usual: false };
  const samples = [
    ...asPromised(),
    { column: 'cached read', at: 12_300, outcome: 'without', ...slow } satisfies Sample,
  ];
  expect(cellOf('cached read', seen(samples)).late).toHaveLength(1);
  expect(cellOf('cached read', seen(samples, { stalls: [[12_000, 12_200]] })).late).toEqual([]);
  expect(cellOf('cached read', seen(samples, { measuring: [[12_000, 12_010]] })).late).toEqual([]);
});

it('reads that are slow at the median with the circuit open make it red', () => {
  const slower = asPromised().map((one) =>
    one.column === 'cached read' && one.at >= STRUCK && one.at < ENDED ? { ...one, ms: 8 } : one,
  );
  expect(cellOf('cached read', seen(slower)).late).toHaveLength(1);
});

it('it is to be as usual within 5 s, and for good', () => {
  expect(withOne('waiter', ENDED + 1_000, { usual: false })).toMatchObject({ recoveredMs: 1_100, late: [] });
  expect(withOne('waiter', ENDED + 4_950, { usual: false }).late).toHaveLength(1);
  const never = asPromised().map((one) =>
    one.column === 'waiter' && one.at >= ENDED ? { ...one, usual: one.at % 400 !== 0 } : one,
  );
  expect(cellOf('waiter', seen(never)).failures).toContain('never as usual after Redis was back');
});

it('rejections that nobody caught, memory, and pictures painted twice make it red', () => {
  const samples = asPromised();
  const red = (column: Column, more: Partial<Observed>) => isRed(cellOf(column, seen(samples, more)));
  expect(red('leader', { unhandled: { library: ['Error'], api: [] } })).toBe(true);
  expect(red('sign-in', { unhandled: { library: ['Error'], api: [] } })).toBe(false);
  expect(red('leader', { grown: { library: 33 * MIB, api: 0 } })).toBe(true);
  expect(red('leader', { grown: { library: undefined, api: 0 } })).toBe(true);
  expect(red('image job', { paintedTwice: 1 })).toBe(true);
});

it('a limit that let through more than twice what it allows is red, and one that starves', () => {
  const answered = (outcome: string) =>
    asPromised().map((one) => (one.column === 'throttled request' ? { ...one, outcome } : one));
  const many = [1, 2, 3].flatMap(() =>
    answered('allowed').filter((one) => one.column === 'throttled request'),
  );
  const all = [...answered('allowed'), ...many].sort((a, b) => a.at - b.at);
  expect(isRed(cellOf('throttled request', seen(answered('allowed'))))).toBe(false);
  expect(isRed(cellOf('throttled request', seen(all)))).toBe(true);
  expect(isRed(cellOf('throttled request', seen(answered('denied'))))).toBe(true);
});
