import { scrubSecrets } from './scrub-secrets';

describe('scrubSecrets', () => {
  it.each([
    [
      'connect to rediss://default:p@ss#w%rd@host:6379/0 failed',
      'connect to rediss://***@host:6379/0 failed',
    ],
    ['Key (email)=(ada.l+x@example.co.uk) exists', 'Key (email)=(***@***) exists'],
    ['authorization: Bearer abc.def-ghi', 'authorization: Bearer ***'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln bad', 'jwt *** bad'],
    ['hash $argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA end', 'hash *** end'],
    [`token ${'aB3_-'.repeat(9)}!`, 'token ***!'],
  ])('blanks %s', (text, scrubbed) => expect(scrubSecrets(text)).toBe(scrubbed));

  it('leaves ordinary lines alone', () => {
    const line =
      '{"level":30,"requestId":"0190f3b2-1111-7abc-8def-000000000001","path":"/api/characters/by-handle/ada","at":"libs/feature-character/dist/lib/character-cache.service.js:10:5"}';
    expect(scrubSecrets(line)).toBe(line);
  });
});
