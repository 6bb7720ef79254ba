import { hkdfSync } from 'node:crypto';

/** Injection token of `AppSecrets`. */
export const APP_SECRETS = Symbol('APP_SECRETS');

export const MIN_SECRET_LENGTH = 32;

/** Keys for every purpose out of the one secret of the installation (HKDF-SHA-256). */
export class AppSecrets {
  readonly #secret: string;

  /** @throws Error when the secret is shorter than 32 characters */
  constructor(secret: string) {
    if (secret.length < MIN_SECRET_LENGTH) {
      throw new Error(`APP_SECRET must have at least ${MIN_SECRET_LENGTH} characters`);
    }
    this.#secret = secret;
  }

  /** The 32-byte key of a purpose, such as `access-token`. Keys of different purposes tell nothing of one another. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, 'sluice', purpose, 32));
  }
}
