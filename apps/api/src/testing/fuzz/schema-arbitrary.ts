import fc, { type Arbitrary } from 'fast-check';

/** What the document says of a value; no more of JSON Schema than it uses. */
export interface Schema {
  type?: 'string' | 'integer' | 'object';
  format?: string;
  pattern?: string;
  enum?: string[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Values that the schema allows. @throws Error for a schema of a kind that is not known here: teach it then */
export function allowedBy(schema: Schema): Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(allowedBy));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return allowedText(schema);
    case 'integer':
      return allowedNumber(schema);
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, one]) => [name, allowedBy(one)]),
        ),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      throw new Error(
        `The document has a kind of schema that nothing is made up for: ${JSON.stringify(schema)}`,
      );
  }
}

const HOSTILE = [
  '\0',
  'a\0b',
  '\ud800',
  '\udfff',
  '\u202e',
  '\ufeff',
  '\uffff',
  '\x1b[2J',
  '\u2028',
  '😀',
  'İ',
];

function allowedText({ format, pattern, minLength = 0, maxLength = 100 }: Schema): Arbitrary<string> {
  // Of those that the RFC allows, many are refused; these are not.
  if (format === 'email')
    return fc.oneof(fc.emailAddress(), fc.stringMatching(/^[a-z]{3,9}@[a-z]{3,9}\.org$/));
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(
    { weight: 2, arbitrary: fc.string({ minLength, maxLength, unit: 'grapheme', size: 'max' }) },
    // Of the right length, and with something in it that not everything behind can keep or show.
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE).map((letter) => 'x'.repeat(minLength) + letter) },
  );
}

function allowedNumber({ minimum = 0, maximum = 1_000, multipleOf = 1 }: Schema): Arbitrary<number> {
  const [least, most] = [Math.ceil(minimum / multipleOf), Math.floor(maximum / multipleOf)];
  return fc.integer({ min: least, max: most }).map((steps) => steps * multipleOf);
}

/** Values as they come from who has not read the document, or has read it too well. */
export const odd: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom<unknown>(
    ...[null, true, 0, -0, -1, 1e308, 5e-324, 2 ** 53, 0.1, '', ' ', '0', '1e9', 'NaN', 'null', 'true'],
    ...[
      '\0',
      'a\0b',
      '\ud800',
      'x\udfff',
      '\u202e',
      '\ufeff',
      '🏳️‍🌈',
      'İ',
      'ß',
      '%',
      '%00',
      '%zz',
      '../..',
      '${1}',
    ],
    ...[`'; drop table users; --`, '\\', '"', '{}', '[]', '__proto__', 'constructor', 'toString'],
    ...['x'.repeat(5_000), '9'.repeat(400), '-'.repeat(81), 'a@b'],
    ...[[], {}, [[]], { $ne: null }, { toString: 1 }, { length: 1e9 }, nested(40), Array(2_000).fill(0)],
  ),
);

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}

/** Objects that the schema allows but for one thing: a value of another kind, a field too many or too few. */
export function nearly(schema: Schema): Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const name = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a\0', '')) },
  );
  return fc
    .tuple(allowedBy(schema), name, fc.option(odd, { nil: undefined }))
    .map(([value, changed, other]) => {
      const entries = Object.entries(value as object).filter(([key]) => key !== changed);
      // `fromEntries` makes a field of its own of `__proto__`, too.
      return Object.fromEntries(other === undefined ? entries : [...entries, [changed, other]]);
    });
}
