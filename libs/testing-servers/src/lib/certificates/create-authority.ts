import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, integer, objectId, octets, part, plainPart, sequence, set, time, utf8, yes } from './der';

/** What a server or a client shows, both in PEM. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
}

export interface CredentialOptions {
  /** Names of hosts and IPv4 addresses it is made out to. Default: `localhost`. */
  names?: readonly string[];
  /** Default: a day ago. */
  validFrom?: Date;
  /** Default: in a day. A past one makes a certificate that has expired. */
  validUntil?: Date;
}

/** An authority that nobody else knows; its key is in memory only. */
export interface Authority {
  /** What those trust who trust it, in PEM. */
  readonly certificate: string;
  issue(options?: CredentialOptions): Credential;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = objectId('2.5.4.3');
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const KEY_USAGE = objectId('2.5.29.15');
const ALTERNATIVE_NAMES = objectId('2.5.29.17');

/**
 * Makes an authority of this moment, so that no key lies in the repository and no test ends with a certificate's life.
 *
 * @example
 * ```ts
 * const authority = createAuthority();
 * const server = authority.issue({ names: ['redis.internal', '127.0.0.1'] });
 * createServer({ cert: server.certificate, key: server.key });
 * ```
 */
export function createAuthority(): Authority {
  const { privateKey, publicKey } = newKey();
  const issuer = nameOf(`authority ${randomBytes(4).toString('hex')}`);
  const issue = (subject: Buffer, key: KeyObject, extensions: Buffer, options: CredentialOptions) => {
    const {
      validFrom = new Date(Date.now() - DAY_MS),
      validUntil = new Date(Math.max(Date.now(), validFrom.getTime()) + DAY_MS),
    } = options;
    return signed(privateKey, [
      part(0, integer(Buffer.from([2]))), // version 3
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ECDSA_WITH_SHA256,
      issuer,
      sequence(time(validFrom), time(validUntil)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      part(3, extensions),
    ]);
  };
  const mayIssue = sequence(
    sequence(BASIC_CONSTRAINTS, yes, octets(sequence(yes))),
    sequence(KEY_USAGE, yes, octets(bits(Buffer.from([0x06]), 1))), // certificates and lists of revoked ones
  );
  return {
    certificate: issue(issuer, publicKey, mayIssue, {}),
    issue: (options = {}) => {
      const { names = ['localhost'] } = options;
      const own = newKey();
      const madeOutTo = sequence(
        sequence(ALTERNATIVE_NAMES, octets(sequence(...names.map(alternativeName)))),
      );
      return {
        certificate: issue(nameOf(names[0] ?? 'nobody'), own.publicKey, madeOutTo, options),
        key: String(own.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      };
    },
  };
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function nameOf(text: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8(text))));
}

function alternativeName(name: string): Buffer {
  if (isIPv4(name)) return plainPart(7, Buffer.from(name.split('.').map(Number)));
  return plainPart(2, Buffer.from(name));
}

function signed(key: KeyObject, fields: readonly Buffer[]): string {
  const content = sequence(...fields);
  const certificate = sequence(content, ECDSA_WITH_SHA256, bits(sign('sha256', content, key)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
