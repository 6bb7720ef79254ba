import { PassThrough } from 'node:stream';
import { choose } from './choose';

const before = process.env['NX_INTERACTIVE'];
afterEach(() => {
  process.env['NX_INTERACTIVE'] = before;
});

function terminal(answer: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true }) as unknown as typeof process.stdin;
  const output = Object.assign(new PassThrough(), { isTTY: true }) as unknown as typeof process.stdout;
  input.push(`${answer}\n`);
  return { input, output };
}

it.each([
  ['2', 'b'],
  ['3', undefined],
  ['', undefined],
])('to the answer "%s" it is %s', async (answer, chosen) => {
  process.env['NX_INTERACTIVE'] = 'true';
  expect(await choose('Which?', ['a', 'b'], terminal(answer))).toBe(chosen);
});

it('asks nobody with --no-interactive', async () => {
  process.env['NX_INTERACTIVE'] = 'false';
  expect(await choose('Which?', ['a', 'b'], terminal('1'))).toBeUndefined();
});
