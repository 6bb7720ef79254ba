import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type HealthCheck, HealthRegistry, HttpModule, ProblemFilter } from '@sluice/util-http';
import { HealthModule, type HealthModuleOptions, HealthService, ManagementServer } from '../index';

const TOKEN = 'management-token-of-the-test';
const apps: NestFastifyApplication[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function serve(checks: HealthCheck[], options: HealthModuleOptions = { production: false }) {
  const module = await Test.createTestingModule({
    imports: [HttpModule.forRoot({ secret: 's'.repeat(32) }), HealthModule.forRoot(options)],
    providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
  }).compile();
  const app: NestFastifyApplication = module.createNestApplication(new FastifyAdapter(), { logger: false });
  checks.forEach((check) => app.get(HealthRegistry).register(check));
  await app.listen(0, '127.0.0.1');
  apps.push(app);
  const url = await app.getUrl();
  const get = async (path: string, authorization?: string) => {
    const started = performance.now();
    const response = await fetch(`${url}${path}`, { headers: authorization ? { authorization } : {} });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : text,
      ms: performance.now() - started,
    };
  };
  return { app, get };
}

const good = (name: string, critical: boolean): HealthCheck => ({
  name,
  critical,
  check: async () => undefined,
});
const bad = (name: string, critical: boolean): HealthCheck => ({
  name,
  critical,
  check: () => Promise.reject(Object.assign(new Error('redis://u:secret@h'), { code: 'REDIS_UNAVAILABLE' })),
});
const silent = (name: string, critical: boolean): HealthCheck => ({
  name,
  critical,
  check: () => new Promise(() => undefined),
});

describe('readiness', () => {
  it.each<[string, HealthCheck[], number, string]>([
    ['all is well', [good('redis', false), good('database', true)], 200, 'ok'],
    ['something dispensable failed', [bad('redis', false), good('database', true)], 200, 'degraded'],
    ['something dispensable is silent', [silent('redis', false), good('database', true)], 200, 'degraded'],
    ['something needed failed', [good('redis', false), bad('database', true)], 503, 'error'],
    ['everything is silent', [silent('redis', false), silent('database', true)], 503, 'error'],
  ])('when %s', async (_when, checks, status, word) => {
    const { get } = await serve(checks);
    const answer = await get('/health/ready');
    expect(answer).toMatchObject({ status, body: { status: word } });
    expect(answer.ms).toBeLessThan(5_000);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    expect(Object.keys((answer.body as { checks: object }).checks)).toEqual(['redis', 'database']);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect((await get('/health/live')).body).toEqual({ status: 'ok' });
  });

  it('asks once for all probes of a second, and tells a silent check to stop', async () => {
    const signals: AbortSignal[] = [];
    const slow: HealthCheck = {
      ...silent('redis', false),
      check: (signal) => new Promise(() => signals.push(signal)),
    };
    const { get } = await serve([slow]);
    await Promise.all(Array.from({ length: 20 }, () => get('/health/ready')));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('takes an answer that has come while this process stood still', async () => {
    const check = async () => {
      const answer = stat(__filename);
      const until = performance.now() + 1_000;
      while (performance.now() < until);
      await answer;
    };
    const { get } = await serve([{ name: 'database', critical: true, check }]);
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('turns 503 when the app is told to stop, whatever the checks say', async () => {
    const { app, get } = await serve([good('database', true)]);
    app.get(HealthService).onModuleDestroy();
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'shutting_down' } });
    expect((await get('/health/live')).status).toBe(200);
  });
});

describe('in production', () => {
  it('shows detail and metrics to the token only', async () => {
    const { get } = await serve([good('database', true)], { production: true, managementToken: TOKEN });
    expect((await get('/health/ready')).body).toEqual({ status: 'ok' });
    expect((await get('/health/ready', `Bearer ${TOKEN}`)).body).toHaveProperty(
      'checks.database.status',
      'ok',
    );
    for (const wrong of [undefined, 'Bearer x', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const answer = await get('/metrics', wrong);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
    const metrics = await get('/metrics', `Bearer ${TOKEN}`);
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(metrics.body).toContain('process_cpu_user_seconds_total');
  });

  it('has no metrics on the main port without a token, and serves them on the management port', async () => {
    const { app, get } = await serve([bad('database', true)], {
      production: true,
      managementPort: 0,
      managementHost: '127.0.0.1',
    });
    expect((await get('/metrics')).status).toBe(404);
    const management = `http://127.0.0.1:${app.get(ManagementServer).port}`;
    expect(await (await fetch(`${management}/metrics`)).text()).toContain('process_cpu_user_seconds_total');
    const ready = await fetch(`${management}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      status: 'error',
      checks: { database: { code: 'REDIS_UNAVAILABLE' } },
    });
    expect((await fetch(`${management}/other`)).status).toBe(404);
  });
});

// By default Node first looks 30 s after the start, when this test has long failed.
it.each([
  ['says nothing', ''],
  ['sends headers that do not end', 'GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: '],
])(
  'the management port hangs up on who %s',
  async (_what, text) => {
    const { app } = await serve([], {
      production: true,
      managementPort: 0,
      managementHost: '127.0.0.1',
      managementRequestTimeoutMs: 100,
    });
    const socket = connect(app.get(ManagementServer).port ?? 0, '127.0.0.1', () => socket.write(text));
    socket.resume();
    await once(socket, 'close');
  },
  20_000,
);
