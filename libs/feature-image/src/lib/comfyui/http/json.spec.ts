import { exactJson } from './exact-json';
import { parseTolerantly } from './tolerant-json';

describe('JSON that is sent', () => {
  it('holds every digit of a whole number', () => {
    expect(exactJson({ seed: 2n ** 64n - 1n })).toBe('{"seed":18446744073709551615}');
  });

  it.each([[{ a: [1, 2.5, true, null, 'x"\\\n\u2028'], 'k"ey': {} }], [[]], ['emoji 👩‍🚀 e\u0301 \0']])(
    'is the same as ever for all else: %j',
    (value) => {
      expect(exactJson(value)).toBe(JSON.stringify(value));
    },
  );

  it('is well-formed text: half a surrogate pair becomes a replacement character, a whole one stays', () => {
    expect(exactJson('a\ud83db \ude00 😀')).toBe('"a\ufffdb \ufffd 😀"');
  });
});

describe('JSON that comes', () => {
  it.each([
    ['{"a": NaN, "b": [Infinity, -Infinity, 1e5]}', { a: null, b: [null, null, 1e5] }],
    ['NaN', null],
    ['{"NaN": "NaN, -Infinity \\" NaN", "c":NaN}', { NaN: 'NaN, -Infinity " NaN', c: null }],
    ['["ends with a backslash \\\\", NaN]', ['ends with a backslash \\', null]],
    ['{"a": 1}', { a: 1 }],
  ])('may hold numbers that are none: %s', (text, value) => {
    expect(parseTolerantly(text)).toEqual(value);
  });

  it.each(['', '<html>NaN</html>', '{"a": NaN', 'None', '{"a": "unfinished NaN', "{'a': NaN}"])(
    'is still JSON: %s',
    (text) => {
      expect(() => parseTolerantly(text)).toThrow(SyntaxError);
    },
  );

  it('can hold a string of many megabytes', () => {
    const long = 'x\\"'.repeat(5_000_000);
    expect(parseTolerantly(`{"a": NaN, "b": "${long}"}`)).toEqual({ a: null, b: long.replaceAll('\\', '') });
  });
});
