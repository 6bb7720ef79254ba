import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Certificates and keys: PEM, or the path of a file in PEM. */
export interface TlsSources {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const KINDS = {
  ca: { begin: /-----BEGIN CERTIFICATE-----/, what: 'a PEM certificate' },
  cert: { begin: /-----BEGIN CERTIFICATE-----/, what: 'a PEM certificate' },
  key: { begin: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/, what: 'a PEM private key' },
};
const PARTS = ['ca', 'cert', 'key'] as const;
const ENCRYPTED = /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m;

/**
 * The sources as PEM, what is a file read now.
 * @throws what reading a file throws
 */
export function readTlsMaterial(sources: TlsSources): TlsSources {
  return Object.fromEntries(
    PARTS.flatMap((part) => {
      const source = sources[part];
      return source === undefined ? [] : [[part, isPem(source) ? source : readFileSync(source, 'utf8')]];
    }),
  );
}

/**
 * Reads once what was configured: PEM, PEM in base64, or a path. What is wrong is added to `problems`; none of the text is
 * repeated, for what was taken for a path may be a pasted key.
 */
export function checkTlsSources(given: TlsSources, problems: string[]): TlsSources {
  const sources: TlsSources = Object.fromEntries(
    PARTS.flatMap((part) => (given[part] ? [[part, pemOrPath(given[part])]] : [])),
  );
  if (sources.key && !sources.cert) problems.push('tls.key is set without tls.cert; give both or neither');
  if (sources.cert && !sources.key) problems.push('tls.cert is set without tls.key; give both or neither');
  const found: TlsSources = Object.fromEntries(
    PARTS.flatMap((part) => {
      const source = sources[part];
      const pem = source === undefined ? undefined : readPart(part, source, problems);
      return pem === undefined ? [] : [[part, pem]];
    }),
  );
  if (found.ca) parse('tls.ca', problems, () => certificatesOf(found.ca ?? ''));
  const { key: keyPem, cert: certPem } = found;
  const key = keyPem && parse('tls.key', problems, () => createPrivateKey(keyPem));
  const cert = certPem && parse('tls.cert', problems, () => new X509Certificate(certPem));
  if (key && cert && !cert.checkPrivateKey(key)) {
    problems.push('tls.key is not the key of tls.cert; give the two that were made together');
  }
  return sources;
}

/** What is wrong with the client's certificate but may be mended without a restart: its file is read again. */
export function warningOfExpiry(sources: TlsSources, now = Date.now()): string | undefined {
  const { cert } = readTlsMaterial(sources);
  if (!cert) return undefined;
  const { validTo } = new X509Certificate(cert);
  if (Date.parse(validTo) > now) return undefined;
  return `REDIS_TLS_CERT has expired (${validTo}): the server will refuse it. Renew the file; each new connection reads it again.`;
}

function isPem(text: string): boolean {
  return /-----BEGIN [A-Z ]+-----/.test(text);
}

/** A variable of one line has `\n` in place of line ends, or all of it in base64; what is neither is a path. */
function pemOrPath(source: string): string {
  if (isPem(source)) return source.replace(/\\n/g, '\n');
  const decoded = Buffer.from(source, 'base64').toString('utf8');
  return isPem(decoded) ? decoded : source;
}

function readPart(part: keyof typeof KINDS, source: string, problems: string[]): string | undefined {
  const { begin, what } = KINDS[part];
  let pem: string | undefined;
  try {
    pem = isPem(source) ? source : readFileSync(source, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      problems.push(
        `tls.${part} names a file that this process may not read (${code}); check its owner and mode`,
      );
      return undefined;
    }
  }
  if (part === 'key' && ENCRYPTED.test(pem ?? '')) {
    problems.push(
      'tls.key is encrypted; give a key without a passphrase, in a file that only this user reads',
    );
    return undefined;
  }
  if (pem !== undefined && begin.test(pem)) return pem;
  problems.push(`tls.${part} must be ${what}, one in base64, or the path of a PEM file`);
  return undefined;
}

function certificatesOf(bundle: string): X509Certificate[] {
  const pems = bundle.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [bundle];
  return pems.map((pem) => new X509Certificate(pem));
}

function parse<T>(option: string, problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch {
    problems.push(`${option} is PEM, but what is inside cannot be read; copy it anew`);
    return undefined;
  }
}
