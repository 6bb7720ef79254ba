import { createAuthority, findValkey, provideRedis, startRedis, startTls } from '@sluice/testing-servers';
import type { ProvidedRedis, RedisProcess, TlsRedis } from '@sluice/testing-servers';
import { startDialect } from '../resp3-dialects';
import type { DialectServer } from '../resp3-dialects';
import { holdToContract } from '../hold-to-contract';

jest.setTimeout(60_000);

describe('one server', () => {
  let redis: ProvidedRedis;
  beforeAll(async () => {
    redis = await provideRedis();
  });
  afterAll(() => redis.stop());

  describe('RESP3', () => holdToContract(() => ({ url: redis.url })));
  describe('RESP2', () => holdToContract(() => ({ url: redis.url, protocol: 2 })));
});

describe('a server that refuses RESP3', () => {
  let server: DialectServer;
  beforeAll(async () => {
    server = await startDialect({ password: 'p@ss' });
    server.refuseBy('ERR syntax error');
  });
  afterAll(() => server.stop());

  holdToContract(() => ({ url: server.url }));
});

describe('TLS, with a certificate of the client', () => {
  const authority = createAuthority();
  const { certificate: cert, key } = authority.issue({ names: ['api'] });
  let redis: TlsRedis;
  beforeAll(async () => {
    redis = await startTls({ authority, clientCertificates: true, password: 'p@ss' });
  });
  afterAll(() => redis.stop());

  holdToContract(() => ({ url: redis.url, tls: { ca: authority.certificate, cert, key } }));
});

const valkey = findValkey();
// Not fetched by the set-up: where there is none, this is reported as skipped.
(valkey ? describe : describe.skip)('Valkey (valkey-server in PATH, or VALKEY_SERVER)', () => {
  let server: RedisProcess;
  beforeAll(async () => {
    server = await startRedis({ server: valkey });
    expect(await server.cli('INFO', 'server')).toMatch(/^valkey_version:/m);
  });
  afterAll(() => server.stop());

  holdToContract(() => ({ url: server.url }));
});
