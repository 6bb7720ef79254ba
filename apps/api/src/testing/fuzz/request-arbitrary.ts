import fc, { type Arbitrary } from 'fast-check';
import type { Operation } from '../api-document';
import { allowedBy, nearly, odd, type Schema } from './schema-arbitrary';

export interface FuzzedRequest {
  /** With query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Requests for one operation of the document: good ones, nearly good ones, and nonsense, in each of its places. */
export function requestsFor(
  path: string,
  operation: Operation,
  /** Values that belong to something that is there, by the path in the document and the name of the parameter. */
  known: (path: string, parameter: string) => readonly string[],
): Arbitrary<FuzzedRequest> {
  const parameters = operation.parameters ?? [];
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const schema = operation.requestBody?.content['application/json']?.schema as Schema | undefined;
  return fc
    .record({
      segments: fc.tuple(
        ...of('path').map(({ name, schema: one }) => segment(one as Schema, known(path, name))),
      ),
      query: fc.oneof(
        fc.constant<string[]>([]),
        fc.tuple(
          ...of('query').map(({ name, schema: one }) => queryPart(name, one as Schema, known(path, name))),
        ),
        fc.array(fc.tuple(word, word).map((pair) => pair.join('='))),
      ),
      headers: fc.tuple(...of('header').map(({ name }) => fc.tuple(fc.constant(name), headerValue))),
      body: schema ? bodyText(schema) : fc.constant(undefined),
      type: fc.oneof(
        { weight: 20, arbitrary: fc.constant('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom('application/json; charset=latin1', 'text/plain', 'x', 'a/b; c="'),
        },
      ),
    })
    .map(({ segments, query, headers, body, type }) => {
      const left = [...segments];
      const filled = path.replace(/\{\w+\}/g, () => left.shift() ?? '');
      const search = query.filter((part) => part !== '').join('&');
      return {
        path: search === '' ? filled : `${filled}?${search}`,
        headers: {
          ...Object.fromEntries(headers.filter(([, value]) => value !== '')),
          ...(body !== undefined && { 'content-type': type }),
        },
        ...(body !== undefined && { body }),
      };
    });
}

/** What may stand in an address as it is. */
const word = fc.string({
  unit: fc.constantFrom(..."abcXYZ019-_.~%+[]()!*',:;@$".split(''), '%00', '%20', '%c3', '%F0%9F%98%80'),
  maxLength: 30,
});

const asText = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return encodeURIComponent(text.slice(0, 1_500).replace(/\p{Surrogate}/gu, ''));
};

/** A part of the path: one that is there, one that could be, or nonsense; never a dot or nothing, which is another path. */
function segment(schema: Schema, known: readonly string[]): Arbitrary<string> {
  return fc.oneof(
    ...(known.length > 0 ? [{ weight: 4, arbitrary: fc.constantFrom(...known) }] : []),
    { weight: 2, arbitrary: allowedBy(schema).map(asText) },
    {
      weight: 2,
      arbitrary: fc.oneof(word, odd.map(asText)).map((text) => (/^(\.|%2e)*$/i.test(text) ? 'x' : text)),
    },
  );
}

function queryPart(name: string, schema: Schema, known: readonly string[]): Arbitrary<string> {
  const value = fc.oneof(
    ...(known.length > 0 ? [fc.constantFrom(...known)] : []),
    allowedBy(schema).map(asText),
    fc.oneof(word, odd.map(asText)),
  );
  const pair = value.map((text) => `${name}=${text}`);
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 6, arbitrary: pair },
    { weight: 1, arbitrary: fc.tuple(pair, pair).map((pairs) => pairs.join('&')) },
    { weight: 1, arbitrary: fc.constantFrom(name, `${name}[]=1`, `${name}[a]=1`, `${name}.a=1`) },
  );
}

/** Latin letters and signs: what a header can carry. */
const headerValue = fc.oneof(
  fc.constantFrom('', '*', '"1"', 'W/"1"', '"', '"1", "2"', ',', 'x'.repeat(300), 'a-key'),
  fc
    .string({
      unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    })
    .map((text) => text.replace(/[\x7f-\xa0]/g, '')),
);

function bodyText(schema: Schema): Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: allowedBy(schema).map((value) => JSON.stringify(value)) },
    { weight: 8, arbitrary: nearly(schema).map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: odd.map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(nearly(schema), fc.nat(200))
        .map(([value, at]) => JSON.stringify(value).slice(0, at)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
}
