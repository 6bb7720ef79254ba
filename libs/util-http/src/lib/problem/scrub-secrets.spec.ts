import { scrubSecrets } from './scrub-secrets';

describe('scrubSecrets', () => {
  it.each([
    [
      'connect to rediss://default:p@ss#w%rd@host:6379/0 failed',
      'connect to rediss://***@host:6379/0 failed',
    ],
    ['Key (email)=(ada.l+x@example.co.uk) exists', 'Key (email)=(***@***) exists'],
    ['sent with Bearer abc.def-ghi', 'sent with Bearer ***'],
    ['authorization: Digest abc, b=c', 'authorization: ***'],
    ['sent with Basic dXNlcjpwYXNz', 'sent with Basic ***'],
    ['Cookie: a=1; session=hunter2\r\nHost: x', 'Cookie: ***\r\nHost: x'],
    ['host=db password=hunter2 user=ada', 'host=db password=*** user=ada'],
    ['GET /x?access_token=hunter2&a=1', 'GET /x?access_token=***&a=1'],
    [
      'GET /file?variant=thumb&e=1764072600&s=4x1Jg0Y6b7mFq2aT9hQk5w',
      'GET /file?variant=thumb&e=1764072600&s=***',
    ],
    ['{"newPassword":"hun\\"ter2","name":"ada"}', '{"newPassword":"***","name":"ada"}'],
    [
      '{"msg":"got {\\"password\\":\\"hunter2\\",\\"a\\":1}"}',
      '{"msg":"got {\\"password\\":\\"***\\",\\"a\\":1}"}',
    ],
    ['{"set-cookie":["a=hunter2","b=3"],"x":1}', '{"set-cookie":["***"],"x":1}'],
    ['{"REDIS_PASSWORD": "hunter2", "APP_SECRET": ""}', '{"REDIS_PASSWORD": "***", "APP_SECRET": "***"}'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln bad', 'jwt *** bad'],
    ['hash $argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA end', 'hash *** end'],
    [`token ${'aB3_-'.repeat(9)}!`, 'token ***!'],
  ])('blanks %s', (text, scrubbed) => expect(scrubSecrets(text)).toBe(scrubbed));

  it('takes no longer than a line is long', () => {
    // Each of these would be slow for a pattern that tries again from every beginning.
    for (const part of [
      '"password',
      '\\"token',
      'a'.repeat(41),
      'password=',
      '"x-token":"',
      'redis://',
      'Basic ',
      '@',
    ])
      expect(scrubSecrets(part.repeat(20_000)).length).toBeGreaterThan(0);
  });

  it('leaves ordinary lines alone', () => {
    const line =
      '{"level":30,"requestId":"0190f3b2-1111-7abc-8def-000000000001","path":"/api/characters/by-handle/ada","at":"libs/feature-character/dist/lib/character-cache.service.js:10:5"}';
    expect(scrubSecrets(line)).toBe(line);
  });
});
