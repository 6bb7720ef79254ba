import { allowsChangeOf, matchesNoneOf } from './etag';

describe('ETags (RFC 9110 13.1)', () => {
  it.each<[string | undefined, boolean, boolean]>([
    [undefined, false, true],
    ['"3"', true, true],
    ['"2"', false, false],
    ['"2", "3"', true, true],
    ['W/"3"', true, false],
    ['*', true, true],
    ['3', false, false],
    ['', false, false],
    ['"3', false, false],
  ])('%s against version 3: not modified %s, change allowed %s', (header, notModified, change) => {
    expect(matchesNoneOf(header, '"3"')).toBe(notModified);
    expect(allowsChangeOf(header, '"3"')).toBe(change);
  });
});
