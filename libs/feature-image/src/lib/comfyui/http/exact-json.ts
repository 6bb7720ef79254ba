/** A JSON value in which whole numbers can have any size. */
export type ExactJson =
  string | number | boolean | bigint | null | readonly ExactJson[] | { readonly [key: string]: ExactJson };

/**
 * Like `JSON.stringify`, with every digit of a bigint: a seed goes up to 2^64 − 1, and a double holds 53 bits. Text is
 * made well-formed, since half a surrogate pair is no character and Python would fail at it much later.
 */
export function exactJson(value: ExactJson): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return JSON.stringify(value.replace(/\p{Surrogate}/gu, '\uFFFD'));
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${exactJson(member)}`);
  return `{${members.join(',')}}`;
}
