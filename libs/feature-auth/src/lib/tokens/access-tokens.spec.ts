import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens';

const secret = createSecretKey(randomBytes(32));
const user = { id: randomUUID(), sessionId: randomUUID() };
let tokens: AccessTokens;
let token: string;

beforeEach(async () => {
  tokens = new AccessTokens(new JwtService({ secret, signOptions: { expiresIn: ACCESS_TOKEN_SECONDS } }));
  token = await tokens.sign(user);
});
afterEach(() => jest.restoreAllMocks());

it('a token that was good is refused from its last second on, however often it was shown', async () => {
  const { exp } = new JwtService().decode<{ exp: number }>(token);
  const clock = jest.spyOn(Date, 'now');
  for (const [now, expected] of [
    [exp * 1_000 - 1, user],
    [exp * 1_000 - 1, user],
    [exp * 1_000, undefined],
    [exp * 1_000 + 1, undefined],
  ] as const) {
    clock.mockReturnValue(now);
    expect(await tokens.verify(token)).toEqual(expected);
  }
});

it('what is known of a token says nothing of one that differs by a character', async () => {
  expect(await tokens.verify(token)).toEqual(user);
  const signatureAt = token.lastIndexOf('.') + 1;
  const other = token[signatureAt] === 'A' ? 'B' : 'A';
  const forged = token.slice(0, signatureAt) + other + token.slice(signatureAt + 1);
  for (let i = 0; i < 2; i += 1) expect(await tokens.verify(forged)).toBeUndefined();
  expect(await tokens.verify(token)).toEqual(user);
});
