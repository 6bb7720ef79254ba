import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority } from '../certificates/create-authority';
import type { Authority, Credential } from '../certificates/create-authority';
import { onFreePort } from '../process/free-port';
import { scratchDirectory, startServer } from './start-redis';
import type { RedisProcess } from './start-redis';

export interface TlsOptions {
  /** Who is trusted, by both sides. Default: a new one. */
  authority?: Authority;
  /** Names of the certificate, the first also in the url. Default: `localhost`. */
  names?: readonly string[];
  /** Whether clients must show a certificate of the authority. Default: false. */
  clientCertificates?: boolean;
  /** Further words for redis-server. */
  args?: string[];
  password?: string;
}

/** A Redis that speaks TLS; `url` and `port` are those of TLS, `cli` goes on without. */
export interface TlsRedis extends RedisProcess {
  readonly authority: Authority;
  /** Where it goes on to speak without TLS. */
  readonly plainPort: number;
  /** Shows another certificate from now on: renewed, expired, or made out to others. Connections that stand go on. */
  present(credential: Credential): Promise<void>;
}

/**
 * Starts a Redis server that speaks TLS, with a certificate made for it.
 * @throws Error as `startRedis` does, also when the server was built without TLS
 */
export function startTls(options: TlsOptions = {}): Promise<TlsRedis> {
  return startTlsServer(options);
}

/**
 * @internal
 * @param sentinel as of `startServer`
 * @param wanted the port for TLS; a free one by default
 */
export function startTlsServer(options: TlsOptions, sentinel?: string, wanted?: number): Promise<TlsRedis> {
  const {
    authority = createAuthority(),
    names = ['localhost'],
    clientCertificates = false,
    args = [],
    password,
  } = options;
  return onFreePort(wanted, async (port) => {
    const directory = scratchDirectory();
    const file = (name: string) => join(directory, name);
    const write = async ({ certificate, key }: Credential) => {
      for (const [name, text] of Object.entries({ 'certificate.pem': certificate, 'key.pem': key })) {
        await writeFile(file(`new-${name}`), text, { mode: 0o600 });
        await rename(file(`new-${name}`), file(name));
      }
    };
    await mkdir(directory, { recursive: true });
    await writeFile(file('authority.pem'), authority.certificate);
    await write(authority.issue({ names }));
    const remove = () => rm(directory, { recursive: true, force: true });
    const words = [
      ...['--tls-port', String(port), '--tls-auth-clients', clientCertificates ? 'yes' : 'no'],
      ...['--tls-cert-file', file('certificate.pem'), '--tls-key-file', file('key.pem')],
      ...['--tls-ca-cert-file', file('authority.pem')],
    ];
    const redis = await startServer({ args: [...words, ...args], password }, sentinel).catch(
      async (error: unknown) => {
        await remove();
        throw error;
      },
    );
    let read = 1;
    return Object.create(redis, {
      url: { value: `rediss://${password ? `:${encodeURIComponent(password)}@` : ''}${names[0]}:${port}` },
      port: { value: port },
      plainPort: { value: redis.port },
      authority: { value: authority },
      present: {
        value: async (credential: Credential) => {
          await write(credential);
          // It reads its files when one of its settings of TLS has changed.
          await redis.cli('CONFIG', 'SET', 'tls-session-cache-size', String(++read));
        },
      },
      stop: { value: () => redis.stop().then(remove) },
    }) as TlsRedis;
  });
}
