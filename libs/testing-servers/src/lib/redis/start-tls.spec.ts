import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { createAuthority } from '../certificates/create-authority';
import type { Credential } from '../certificates/create-authority';
import { startTls } from './start-tls';
import type { TlsRedis } from './start-tls';

const authority = createAuthority();
const tlsOf = ({ certificate, key }: Credential) => ({ cert: certificate, key });

/** What a client is answered to PING, or why there was no answer. */
function ping({ port }: TlsRedis, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({
      ca: authority.certificate,
      host: '127.0.0.1',
      servername: 'redis.internal',
      port,
      ...options,
    });
    const done = (what: string) => {
      socket.destroy();
      resolve(what);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    socket.on('data', (data) => done(data.toString().trim()));
    socket.on('close', () => done('closed'));
    socket.write('PING\r\n');
  });
}

describe('startTls', () => {
  let redis: TlsRedis;
  afterEach(() => redis.stop());

  it('shows a certificate of its authority, made out to the names that were asked for', async () => {
    redis = await startTls({ authority, names: ['redis.internal', 'other', '127.0.0.1'] });
    expect(redis.url).toBe(`rediss://redis.internal:${redis.port}`);
    expect(await ping(redis)).toBe('+PONG');
    expect(await ping(redis, { servername: 'other' })).toBe('+PONG');
    expect(await ping(redis, { servername: undefined })).toBe('+PONG');
    expect(await ping(redis, { servername: 'elsewhere' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await ping(redis, { ca: createAuthority().certificate })).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
  });

  it('presents another one to those who come later, also after a restart', async () => {
    redis = await startTls({ authority, names: ['redis.internal'] });
    await redis.present(authority.issue({ names: ['redis.internal'], validUntil: new Date(Date.now() - 1) }));
    expect(await ping(redis)).toBe('CERT_HAS_EXPIRED');
    await redis.restart();
    expect(await ping(redis)).toBe('CERT_HAS_EXPIRED');
    await redis.present(authority.issue({ names: ['redis.internal'] }));
    expect(await ping(redis)).toBe('+PONG');
  });

  it('wants a certificate of its clients when it was told to', async () => {
    redis = await startTls({ authority, names: ['redis.internal'], clientCertificates: true, password: 'p' });
    expect(await ping(redis)).not.toMatch(/PONG|NOAUTH/);
    expect(await ping(redis, tlsOf(createAuthority().issue()))).not.toMatch(/PONG|NOAUTH/);
    expect(await ping(redis, tlsOf(authority.issue({ names: ['api'] })))).toContain('NOAUTH');
    expect(await redis.cli('PING')).toBe('PONG');
  });
});
