import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { createAuthority, startTls } from '@sluice/testing-servers';
import type { Credential, TlsRedis } from '@sluice/testing-servers';
import type { RedisService } from '../redis.service';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';

jest.setTimeout(60_000);

const authority = createAuthority();
const ca = authority.certificate;
const past = { validUntil: new Date(Date.now() - 1_000) };
/** The last attempt was made when the server, or the files, were not yet as they are. */
const PATIENCE_MS = 20_000;

afterEach(closeRedisApps);

function refusal({ state }: RedisService): string {
  expect(state.ready).toBe(false);
  return state.lastError?.code === 'REDIS_TLS' ? state.lastError.message : '';
}

/** The server's alert may get lost in its reset, so there are two ways to say it. */
function aboutOurs({ state }: RedisService): boolean {
  return !state.ready && /our own certificate|a certificate of ours/.test(state.lastError?.message ?? '');
}

describe('TLS', () => {
  let redis: TlsRedis;
  beforeAll(async () => {
    redis = await startTls({ authority, names: ['localhost', '127.0.0.1'] });
  });
  afterAll(() => redis.stop());

  it('trusts the given authority and no other, and the name that the certificate is made out to', async () => {
    const { redis: service } = await redisApp(redis.url, { tls: { ca } });
    await service.set('job:a', '1', { ttl: 1_000 });
    expect(service.state).toMatchObject({ status: 'ready', server: { tls: true } });
  });

  it.each([
    ['an authority that is not known', {}, 'authority'],
    ['another authority', { ca: createAuthority().certificate }, 'authority'],
    ['another name', { ca, servername: 'elsewhere.example' }, 'another name'],
  ])('refuses %s', async (_, tls, why) => {
    const { redis: service } = await redisApp(redis.url, { tls });
    await until('said', () => refusal(service).includes(why), PATIENCE_MS);
  });

  it('connects without a check only when told to', async () => {
    const { redis: service } = await redisApp(redis.url, { tls: { rejectUnauthorized: false } });
    await service.ping();
  });

  it('on one side only is said to be so', async () => {
    const plain = await redisApp(`redis://127.0.0.1:${redis.port}`);
    const secure = await redisApp(`rediss://127.0.0.1:${redis.plainPort}`, { tls: { ca } });
    const says = (service: RedisService, hint: string) => () =>
      service.state.lastError?.message.includes(hint) === true;
    await until('plain to TLS', says(plain.redis, 'speaks TLS only (rediss://'), PATIENCE_MS);
    await until('TLS to plain', says(secure.redis, 'does not speak TLS (redis://)'), PATIENCE_MS);
  });

  it('is lost when the server’s certificate has expired, and back when it is renewed', async () => {
    const { redis: service } = await redisApp(redis.url, { tls: { ca } });
    await redis.present(authority.issue(past));
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await until('lost', () => !service.state.ready);
    await until('said', () => refusal(service).includes('has expired'), PATIENCE_MS);
    await redis.present(authority.issue());
    await until('back', () => service.state.ready, PATIENCE_MS);
    await service.ping();
  });
});

describe('a server that asks for a certificate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'client-'));
  const cert = join(directory, 'tls.crt');
  const key = join(directory, 'tls.key');
  const keep = (credential: Credential) => {
    writeFileSync(cert, credential.certificate);
    writeFileSync(key, credential.key);
  };
  let redis: TlsRedis;
  beforeAll(async () => {
    redis = await startTls({ authority, clientCertificates: true });
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await redis.stop();
  });

  it.each<[string, object]>([
    ['none', {}],
    ['one of another authority', createAuthority().issue({ names: ['api'] })],
    ['one that has expired', authority.issue({ names: ['api'], ...past })],
  ])('refuses %s, and it is said which variable it is about', async (_, own) => {
    const { certificate, key: ownKey } = own as Partial<Credential>;
    const { redis: service } = await redisApp(redis.url, {
      tls: { ca, ...(certificate && { cert: certificate, key: ownKey }) },
    });
    await until('said', () => aboutOurs(service), PATIENCE_MS);
  });

  it('is shown the one in the files: a renewed one by the next connection, the one before while they do not fit', async () => {
    keep(authority.issue({ names: ['api'] }));
    const { redis: service } = await redisApp(redis.url, { tls: { ca, cert, key } });
    await service.ping();

    const renewed = authority.issue({ names: ['api'], ...past });
    writeFileSync(cert, renewed.certificate);
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await until('connected again, by the one before', () => service.state.reconnects === 1, PATIENCE_MS);

    keep(renewed);
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await until('said', () => aboutOurs(service), PATIENCE_MS);
    keep(authority.issue({ names: ['api'] }));
    await until('back', () => service.state.ready, PATIENCE_MS);
    await service.ping();
  });
});

describe('a server of many names', () => {
  let redis: TlsRedis;
  let front: Server; // shows each name its own certificate, as a proxy of many customers does
  const namesSent: (string | false | null)[] = [];
  const sockets = new Set<TLSSocket>();

  beforeAll(async () => {
    redis = await startTls({ authority });
    const show = ({ certificate, key }: Credential) => ({ cert: certificate, key });
    front = createServer(
      {
        ...show(authority.issue({ names: ['nobody.example'] })),
        SNICallback: (name, done) =>
          done(null, createSecureContext(show(authority.issue({ names: [name] })))),
      },
      (socket) => {
        namesSent.push(socket.servername);
        sockets.add(socket);
        const back = connect(redis.plainPort, '127.0.0.1');
        socket.on('error', () => back.destroy()).pipe(back);
        back.on('error', () => socket.destroy()).pipe(socket);
      },
    );
    front.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => front.close(resolve));
    await redis.stop();
  });

  it.each([
    ['the host', 'localhost', {}, 'localhost'],
    [
      'the name that is given apart from the address, as behind a tunnel',
      '127.0.0.1',
      { servername: 'redis.internal' },
      'redis.internal',
    ],
  ])('is told which one is meant (SNI): %s', async (_, host, name, sent) => {
    const { port } = front.address() as AddressInfo;
    const { redis: service } = await redisApp(`rediss://${host}:${port}`, { tls: { ca, ...name } });
    await service.ping();
    expect(namesSent.at(-1)).toBe(sent);
  });
});
