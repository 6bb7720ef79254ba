import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';

const read = (file: string) => readFileSync(join(__dirname, '../../testing/certificate', file), 'utf8');
const ca = read('certificate.pem');

describe('TLS', () => {
  let redis: RedisProcess;
  let front: Server; // TLS before the real server, to see what the client sends
  let port: number;
  const namesSent: (string | false | null)[] = [];
  const sockets = new Set<TLSSocket>();

  beforeAll(async () => {
    redis = await startRedis();
    front = createServer({ cert: ca, key: read('key.pem') }, (socket) => {
      namesSent.push(socket.servername);
      sockets.add(socket);
      const back = connect(redis.port, '127.0.0.1');
      socket.on('error', () => back.destroy()).pipe(back);
      back.on('error', () => socket.destroy()).pipe(socket);
    });
    front.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => front.listen(0, 'localhost', resolve));
    port = (front.address() as AddressInfo).port;
  });
  afterEach(closeRedisApps);
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => front.close(resolve));
    await redis.stop();
  });

  it('trusts the given authority, checks the name and sends it (SNI)', async () => {
    const { redis: service } = await redisApp(`rediss://localhost:${port}`, { tls: { ca } });
    await service.set('job:a', '1', { ttl: 1_000 });
    expect(service.state).toMatchObject({ status: 'ready', server: { tls: true } });
    expect(namesSent.at(-1)).toBe('localhost');
  });

  it('takes the name apart from the address, as behind a tunnel', async () => {
    const host = (front.address() as AddressInfo).address;
    const { redis: service } = await redisApp(`rediss://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      tls: { ca, servername: 'localhost' },
    });
    await service.ping();
    expect(namesSent.at(-1)).toBe('localhost');
  });

  it.each([
    ['an authority that is not known', {}],
    ['another name', { ca, servername: 'elsewhere.example' }],
  ])('refuses %s: REDIS_TLS', async (_, tls) => {
    const { redis: service } = await redisApp(`rediss://localhost:${port}`, { tls });
    await until('said', () => service.state.lastError?.code === 'REDIS_TLS');
    expect(service.state.ready).toBe(false);
  });

  it('connects without a check only when told to', async () => {
    const { redis: service } = await redisApp(`rediss://localhost:${port}`, {
      tls: { rejectUnauthorized: false },
    });
    await service.ping();
  });
});
