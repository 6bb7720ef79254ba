import {
  array,
  assert,
  bigInt,
  constantFrom,
  dictionary,
  double,
  letrec,
  oneof,
  property,
  string,
} from 'fast-check';
import { formatJson, type Json, parseJson } from './json';
import { PythonError } from './python-error';

const { value } = letrec<{ value: Json }>((tie) => ({
  value: oneof(
    { depthSize: 'small' },
    constantFrom<Json>(null, true, false, Infinity, -Infinity, '__proto__'),
    // A whole one of that size is a bigint when it is read.
    double({ noNaN: true }).filter(
      (number) => !Object.is(number, -0) && (Number.isSafeInteger(number) || !Number.isInteger(number)),
    ),
    bigInt().filter((whole) => !Number.isSafeInteger(Number(whole))),
    string({ unit: 'binary' }),
    array(tie('value')),
    dictionary(string({ unit: 'binary' }), tie('value')),
  ),
}));

describe("Python's JSON", () => {
  it('is read as it was written, and written in ASCII', () => {
    assert(
      property(value, (json) => {
        const text = formatJson(json);
        expect(text).toMatch(/^[ -~]*$/);
        expect(parseJson(text)).toEqual(json);
      }),
    );
  });

  it('is what JSON.parse reads, too, where that can', () => {
    const text = ' {"a": [1, 2.5e3, -0.5, "\\u00e4\\n", [], {}], "__proto__": {"b": null}, "c": true}\n';
    expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('has spaces as Python has them, a bare NaN, and whole numbers of any size', () => {
    const text = '{"a": [NaN, -Infinity, 18446744073709551615, 9007199254740993], "b": {}}';
    expect(formatJson(parseJson(text))).toBe(text);
  });

  it.each([
    '',
    '{',
    '[1,]',
    '{"a" 1}',
    '{a: 1}',
    '01',
    '1 2',
    '"\n"',
    'nan',
    'undefined',
    '"\\x"',
    '[1',
    "{'a': 1}",
  ])('is not %j', (text) => {
    expect(() => parseJson(text)).toThrow(PythonError);
  });
});
