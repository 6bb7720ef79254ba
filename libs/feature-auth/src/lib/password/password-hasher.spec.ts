import { PasswordHasher } from './password-hasher';

describe('PasswordHasher', () => {
  it('hashes with argon2id and its recommended cost, and knows one password in two spellings', async () => {
    const hasher = new PasswordHasher();
    const hash = await hasher.hash('caf\u00e9 caf\u00e9 caf\u00e9');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.verify(hash, 'cafe\u0301 cafe\u0301 cafe\u0301')).toBe(true);
    expect(await hasher.verify(hash, 'cafe cafe cafe')).toBe(false);
    expect(await hasher.verify(undefined, 'anything')).toBe(false);
  });

  it('turns away with 503 what would wait too long, and serves the rest', async () => {
    const hasher = new PasswordHasher();
    const results = await Promise.allSettled(Array.from({ length: 80 }, () => hasher.hash('a password')));
    const refused = results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => reason as unknown);
    expect(refused).toHaveLength(80 - 2 - 64);
    expect(refused[0]).toMatchObject({ status: 503, headers: { 'Retry-After': '3' } });
    await expect(hasher.hash('a password')).resolves.toContain('$argon2id$');
  });
});
