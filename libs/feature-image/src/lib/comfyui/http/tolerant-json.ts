/**
 * Like `JSON.parse`, but takes what Python writes besides JSON, a bare `NaN`, `Infinity` or `-Infinity`, for null. One
 * such number in somebody else's job is in every list of the server, and must not hide our own.
 *
 * @throws SyntaxError for anything else that is no JSON
 */
export function parseTolerantly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const mended = withoutStrayNumbers(text);
    if (mended === text) throw error;
    return JSON.parse(mended);
  }
}

/** Outside of strings only: a prompt may speak of Infinity. A scan by hand, for a pattern would recurse on long strings. */
function withoutStrayNumbers(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const between = quote < 0 ? text.slice(at) : text.slice(at, quote);
    parts.push(between.replace(/-?\bInfinity\b|\bNaN\b/g, 'null'));
    if (quote < 0) break;
    const end = endOfString(text, quote);
    parts.push(text.slice(quote, end));
    at = end;
  }
  return parts.join('');
}

function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
