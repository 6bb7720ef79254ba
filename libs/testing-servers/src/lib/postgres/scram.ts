import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** One SCRAM-SHA-256 exchange (RFC 5802, 7677), seen from the client. */
export class ScramClient {
  private readonly nonce = randomBytes(18).toString('base64');
  private serverSignature = '';

  constructor(private readonly password: string) {}

  /** The first message. PostgreSQL takes the user from its start-up packet, so the name here stays empty. */
  first(): string {
    return `n,,n=,r=${this.nonce}`;
  }

  /** The answer to the server's challenge. */
  final(challenge: string): string {
    const { r: nonce = '', s: salt = '', i: iterations = '' } = attributes(challenge);
    if (!nonce.startsWith(this.nonce) || !Number(iterations))
      throw new Error('The server sent a SCRAM challenge that is not ours.');
    const salted = pbkdf2Sync(
      this.password.normalize('NFKC'),
      Buffer.from(salt, 'base64'),
      Number(iterations),
      32,
      'sha256',
    );
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=biws,r=${nonce}`;
    const conversation = `n=,r=${this.nonce},${challenge},${withoutProof}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), conversation);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    this.serverSignature = hmac(hmac(salted, 'Server Key'), conversation).toString('base64');
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** @throws Error when the server does not know the password either */
  verify(outcome: string): void {
    const given = Buffer.from(attributes(outcome)['v'] ?? '');
    const expected = Buffer.from(this.serverSignature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Error('The server could not prove that it knows the password.');
    }
  }
}

function attributes(message: string): Record<string, string> {
  return Object.fromEntries(message.split(',').map((part) => [part[0] ?? '', part.slice(2)]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
