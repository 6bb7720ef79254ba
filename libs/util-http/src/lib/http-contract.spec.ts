import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import {
  Endpoint,
  idParams,
  pageQuery,
  problem,
  ProblemFilter,
  ValidBody,
  ValidParams,
  ValidQuery,
} from '../index';

const body = z.strictObject({
  name: z.string().min(1).max(3),
  config: z.strictObject({ age: z.int().min(18) }).optional(),
});

const thrown: Record<string, () => unknown> = {
  problem: () => problem(409, { detail: 'Taken.', headers: { 'X-Hint': 'other' } }),
  database: () =>
    Object.assign(new Error('connect postgres://u:hunter2@db'), { code: 'DATABASE_UNAVAILABLE' }),
  redis: () => Object.assign(new Error('secret'), { code: 'REDIS_TIMEOUT' }),
  full: () => Object.assign(new Error('secret'), { code: 'IMAGE_STORE_FULL' }),
  missing: () => Object.assign(new Error('secret'), { code: 'IMAGE_STORE_MISSING' }),
  forbidden: () => Object.assign(new Error('secret'), { code: 'IMAGE_STORE_FORBIDDEN' }),
  broken: () => Object.assign(new Error('secret'), { code: 'IMAGE_STORE_UNAVAILABLE' }),
  key: () => Object.assign(new Error('secret'), { code: 'IMAGE_KEY' }),
  usage: () => Object.assign(new Error('secret'), { code: 'REDIS_USAGE' }),
  unknown: () => new Error('secret'),
  nothing: () => undefined,
  named: () => problem(429, { detail: 'Wait.', type: 'https://example.com/kind', violatedPolicies: ['a'] }),
};

@Controller('things')
class ThingsController {
  @Post(':id')
  @Endpoint({ summary: 'Makes', params: idParams, query: pageQuery, body, responses: { 201: null } })
  make(@ValidBody() valid: unknown, @ValidParams() params: unknown, @ValidQuery() query: unknown) {
    return { valid, params, query };
  }

  @Get('throws/:what')
  throws(): never {
    throw thrown[this.what]?.();
  }

  @Post('raw/echo')
  echo(@Body() raw: unknown): unknown {
    return raw;
  }

  what = 'unknown';
}

@Module({ controllers: [ThingsController], providers: [{ provide: APP_FILTER, useClass: ProblemFilter }] })
class ThingsModule {}

const ID = '0190f3b2-1111-7abc-8def-000000000001';
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  const module = await Test.createTestingModule({ imports: [ThingsModule] }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter({ bodyLimit: 10_000 }), {
    logger: false,
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());

async function send(path: string, payload?: unknown, contentType = 'application/json') {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const response = await fetch(`${url}${path}`, {
    method: payload === undefined ? 'GET' : 'POST',
    ...(payload !== undefined && { body: text, headers: { 'content-type': contentType } }),
  });
  return {
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Record<string, unknown>,
  };
}

const fields = (json: Record<string, unknown>) =>
  (json['errors'] as { path: string }[]).map(({ path }) => path).sort();

describe('validation', () => {
  it('hands out what the schemas make of the input', async () => {
    const { status, json } = await send(`/things/${ID.toUpperCase()}?limit=5`, {
      name: 'ok',
      config: { age: 18 },
    });
    expect(status).toBe(201);
    expect(json).toEqual({
      valid: { name: 'ok', config: { age: 18 } },
      params: { id: ID },
      query: { limit: 5 },
    });
  });

  it.each<[string, string, unknown, string[]]>([
    [
      'every wrong field, wherever it is',
      '/things/7?limit=0&bogus=1',
      { name: '', config: { age: 17, x: 1 }, y: 2 },
      ['bogus', 'config.age', 'config.x', 'id', 'limit', 'name', 'y'],
    ],
    ['no body', `/things/${ID}`, '', ['']],
    ['a body that is no object', `/things/${ID}`, [], ['']],
    ['a missing field', `/things/${ID}`, {}, ['name']],
    ['four code points where three are allowed', `/things/${ID}`, { name: '😀😀😀😀' }, ['name']],
    ['NUL', `/things/${ID}`, { name: 'a\0' }, ['name']],
    ['half a surrogate pair', `/things/${ID}`, '{"name":"\\ud83d"}', ['name']],
    [
      'NUL in a field name',
      `/things/${ID}`,
      { name: 'a', config: { age: 18, 'x\0': 1 } },
      ['config', 'config.x\0'],
    ],
    ['deep nesting', `/things/${ID}`, '{"name":'.repeat(500) + '1' + '}'.repeat(500), ['', 'name']],
    ['NUL in the query', `/things/${ID}?cursor=%00`, { name: 'a' }, ['cursor']],
    ['a limit that is no number', `/things/${ID}?limit=ten`, { name: 'a' }, ['limit']],
    ['a limit in hexadecimal', `/things/${ID}?limit=0x10`, { name: 'a' }, ['limit']],
    ['a limit with an exponent', `/things/${ID}?limit=1e1`, { name: 'a' }, ['limit']],
    ['a limit with a space', `/things/${ID}?limit=%205`, { name: 'a' }, ['limit']],
    ['an empty limit', `/things/${ID}?limit=`, { name: 'a' }, ['limit']],
    ['a limit that is beyond all measure', `/things/${ID}?limit=99999999999`, { name: 'a' }, ['limit']],
    ['a limit given twice', `/things/${ID}?limit=1&limit=2`, { name: 'a' }, ['limit']],
  ])('names %s', async (_what, path, payload, expected) => {
    const { status, headers, json } = await send(path, payload);
    if (payload === '') return expect(status).toBe(400);
    expect({ status, fields: fields(json) }).toEqual({ status: 400, fields: expected });
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('counts lengths in code points', async () => {
    expect((await send(`/things/${ID}`, { name: '😀😀😀' })).status).toBe(201);
  });

  it('keeps the answer small however many fields are wrong', async () => {
    const wrong = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`f${i}`, 1]));
    expect((await send(`/things/${ID}`, wrong)).json['errors']).toHaveLength(100);
  });
});

describe('problems', () => {
  it.each([
    ['problem', 409, 'Taken.'],
    ['database', 503, 'The service cannot answer just now. Try again in a moment.'],
    ['redis', 503, 'The service cannot answer just now. Try again in a moment.'],
    ['full', 503, 'The service cannot answer just now. Try again in a moment.'],
    ['missing', 503, 'The service cannot answer just now. Try again in a moment.'],
    ['forbidden', 503, 'The service cannot answer just now. Try again in a moment.'],
    ['broken', 503, 'The service cannot answer just now. Try again in a moment.'],
    ['key', 500, 'Something went wrong on our side. Quote the requestId when you report it.'],
    ['usage', 500, 'Something went wrong on our side. Quote the requestId when you report it.'],
    ['unknown', 500, 'Something went wrong on our side. Quote the requestId when you report it.'],
    ['nothing', 500, 'Something went wrong on our side. Quote the requestId when you report it.'],
  ])('answers %s with %i and tells no more', async (what, status, detail) => {
    app.get(ThingsController).what = what;
    const answer = await send('/things/throws/1?token=abc');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: { 409: 'Conflict', 503: 'Service Unavailable', 500: 'Internal Server Error' }[status],
      status,
      detail,
      instance: '/things/throws/1',
      requestId: expect.stringMatching(/.+/),
    });
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '2' : null);
    expect(answer.headers.get('x-hint')).toBe(status === 409 ? 'other' : null);
  });

  it('tells the kind of a problem that has a name, and which limits were exceeded', async () => {
    app.get(ThingsController).what = 'named';
    expect((await send('/things/throws/1')).json).toMatchObject({
      type: 'https://example.com/kind',
      title: 'Too Many Requests',
      status: 429,
      'violated-policies': ['a'],
    });
  });

  it.each<[string, string, string, string, number]>([
    ['no JSON', '/things/raw/echo', '{"a":', 'application/json', 400],
    ['prototype poisoning', '/things/raw/echo', '{"__proto__":{"x":1}}', 'application/json', 400],
    ['too large', '/things/raw/echo', `"${'x'.repeat(20_000)}"`, 'application/json', 413],
    ['another content type', '/things/raw/echo', '<a/>', 'application/xml', 415],
    ['no such route', '/nowhere', '{}', 'application/json', 404],
  ])('speaks for Fastify too: %s', async (_what, path, payload, type, status) => {
    const answer = await send(path, payload, type);
    expect(answer.json).toMatchObject({ status, type: 'about:blank', instance: path });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});
