import { provideRedis } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { type LimitedApp, POLICIES, serveLimited } from '../../testing/serve-limited';

let server: Awaited<ReturnType<typeof provideRedis>>;
let app: LimitedApp;

beforeAll(async () => {
  server = await provideRedis();
});
beforeEach(async () => {
  app = await serveLimited(server.url);
});
afterEach(() => app?.close());
afterAll(() => server.stop());

async function statuses(count: number, ...call: Parameters<LimitedApp['call']>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i += 1) statuses.push((await app.call(...call)).status);
  return statuses;
}

const times = (count: number, status: number) => new Array<number>(count).fill(status);
const keys = async () => server.cli('--scan', '--pattern', `${app.prefix}*`);

describe('an answer', () => {
  it('says what the limits are, what is left, and when there will be more', async () => {
    const { status, headers } = await app.call('GET', 'plain', { user: 'u' });
    expect(status).toBe(200);
    expect(headers.get('ratelimit-policy')).toBe('"default";q=20;w=600');
    expect(headers.get('ratelimit')).toBe('"default";r=19;t=30');
    expect(headers.get('retry-after')).toBeNull();
  });

  it('speaks of every limit that was counted', async () => {
    const { headers } = await app.call('POST', 'login', { body: { email: 'a@b.co' } });
    expect(headers.get('ratelimit-policy')).toBe(
      '"default";q=20;w=600, "login-ip";q=4;w=60, "login-email";q=3;w=60',
    );
    expect(headers.get('ratelimit')).toBe('"default";r=19;t=30, "login-ip";r=3;t=60, "login-email";r=2;t=60');
  });

  it('to one too many is a problem with a time to come back that is not earlier than t', async () => {
    expect(await statuses(20, 'GET', 'plain', { user: 'u' })).toEqual(times(20, 200));
    for (const path of ['plain', 'other']) {
      const { status, headers, body } = await app.call('GET', path, { user: 'u' });
      expect(status).toBe(429);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(headers.get('ratelimit-policy')).toBe('"default";q=20;w=600');
      const [, t] = /^"default";r=0;t=(\d+)$/.exec(headers.get('ratelimit') ?? '') ?? [];
      const retryAfter = Number(headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThanOrEqual(Number(t));
      expect(retryAfter).toBeLessThanOrEqual(30);
      expect(retryAfter).toBeGreaterThan(0);
      expect(body).toMatchObject({
        type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
        title: 'Too Many Requests',
        status: 429,
        detail: expect.stringMatching(
          /^Too many requests: 20 are allowed in 600 seconds\. Try again in \d+ seconds?\.$/,
        ),
        'violated-policies': ['default'],
      });
    }
  });

  it('to a wrong request says it, too: it was counted', async () => {
    const answer = await app.call('POST', 'login', { body: [] });
    expect(answer.headers.get('ratelimit')).toBe('"default";r=19;t=30, "login-ip";r=3;t=60');
  });
});

describe('whom a request is counted for', () => {
  it('is the user over all routes, and the network without one', async () => {
    expect(await statuses(10, 'GET', 'plain', { user: 'u' })).toEqual(times(10, 200));
    expect(await statuses(11, 'GET', 'other', { user: 'u' })).toEqual([...times(10, 200), 429]);
    expect((await app.call('GET', 'plain', { user: 'v' })).status).toBe(200);
    expect(await statuses(21, 'GET', 'plain')).toEqual([...times(20, 200), 429]);
  });

  it('is for sign-in the network and the e-mail, whichever is used up first', async () => {
    const login = (email: string) => app.call('POST', 'login', { body: { email } });
    for (const email of ['Ada@Example.org', ' ada@example.org', 'ADA@EXAMPLE.ORG ']) {
      expect((await login(email)).status).toBe(200);
    }
    const byEmail = await login('ada@example.org');
    expect(byEmail.status).toBe(429);
    expect(byEmail.body['violated-policies']).toEqual(['login-email']);
    expect((await login('bob@example.org')).status).toBe(200);
    const byNetwork = await login('carl@example.org');
    expect(byNetwork.status).toBe(429);
    expect(byNetwork.body['violated-policies']).toEqual(['login-ip']);
  });

  it('leaves no address of a person in a key', async () => {
    await app.call('POST', 'login', { body: { email: 'ada.lovelace@example.org' } });
    expect(await keys()).toMatch(/throttle:\{email:[\w-]{22}\}:login-email/);
    expect(await keys()).not.toMatch(/ada|lovelace|example/i);
  });

  it.each([
    [{}],
    [{ email: 7 }],
    [{ email: '' }],
    [{ email: '  ' }],
    [{ email: 'x'.repeat(300) }],
    ['text'],
    [null],
  ])('is the network alone when the body is %j', async (body) => {
    expect(await statuses(5, 'POST', 'login', { body })).toEqual([...times(4, 200), 429]);
    expect(await keys()).not.toContain('email:');
  });

  it('is nobody where limits do not hold', async () => {
    expect(await statuses(30, 'GET', 'probe')).toEqual(times(30, 200));
    expect((await app.call('GET', 'probe')).headers.get('ratelimit-policy')).toBeNull();
    expect(await keys()).toBe('');
  });

  it('is counted as often as the route costs', async () => {
    expect(await statuses(5, 'GET', 'costly', { user: 'u' })).toEqual([...times(4, 200), 429]);
  });
});

describe('the address of a client', () => {
  const from = (forwardedFor: string) => app.call('GET', 'costly', { forwardedFor });

  it('is not what the client says: without trusted proxies the header counts for nothing', async () => {
    for (let i = 0; i < 4; i += 1) expect((await from(`203.0.113.${i}`)).status).toBe(200);
    expect((await from('198.51.100.1')).status).toBe(429);
    expect(await keys()).toBe(`${app.prefix}throttle:{ip:127.0.0.1}:default`);
  });

  describe('behind a trusted proxy', () => {
    beforeEach(async () => {
      await app.close();
      app = await serveLimited(server.url, { trustProxy: ['127.0.0.1', '10.0.0.0/8'] });
    });

    it('is what the nearest proxy that is not trusted told, and nothing that the client put before it', async () => {
      for (let i = 0; i < 4; i += 1)
        expect((await from(`198.51.100.${i}, 203.0.113.7, 10.0.0.3`)).status).toBe(200);
      expect((await from('198.51.100.9, 203.0.113.7')).status).toBe(429);
      expect((await from('203.0.113.7, 198.51.100.9')).status).toBe(200);
    });

    it('is for IPv6 the first 64 bits', async () => {
      for (let i = 0; i < 4; i += 1) expect((await from(`2001:db8:0:1:${i}::1`)).status).toBe(200);
      expect((await from('2001:db8:0:1:ffff:ffff:ffff:ffff')).status).toBe(429);
      expect((await from('2001:db8:0:2::1')).status).toBe(200);
      expect(await keys()).toContain('throttle:{ip:2001:db8:0:1::/64}:default');
    });

    it('is the proxy when it told nonsense', async () => {
      for (const nonsense of ['unknown', '}{', '1.2.3', 'x'.repeat(500)]) {
        expect((await from(nonsense)).status).toBe(200);
      }
      expect((await from('another')).status).toBe(429);
      expect(await keys()).toBe(`${app.prefix}throttle:{ip:127.0.0.1}:default`);
    });
  });
});

describe('without Redis', () => {
  beforeEach(async () => {
    await app.close();
    app = await serveLimited('redis://127.0.0.1:1');
  });

  it('says what this process has left', async () => {
    const { status, headers } = await app.call('GET', 'plain', { user: 'u' });
    expect(status).toBe(200);
    expect(headers.get('ratelimit')).toBe('"default";r=19;t=30');
  });

  it('is 503 with a time to come back where nobody may pass uncounted', async () => {
    const { status, headers, body } = await app.call('GET', 'closed', { user: 'u' });
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
    });
  });

  it('does not let sign-in open up', async () => {
    const body = { email: 'ada@example.org' };
    expect(await statuses(10, 'POST', 'login', { body })).toEqual([...times(3, 200), ...times(7, 429)]);
  });
});

it('counts how decisions came out, by policy and nothing else', async () => {
  await statuses(25, 'GET', 'plain', { user: 'user-of-the-test' });
  const text = await register.metrics();
  const of = (outcome: string) =>
    Number(
      new RegExp(`^throttle_decisions_total\\{policy="default",outcome="${outcome}"\\} (\\d+)$`, 'm').exec(
        text,
      )?.[1],
    );
  expect([of('allowed'), of('denied'), of('denied_local'), of('fallback_allowed')]).toEqual([20, 1, 4, 0]);
  for (const { name } of POLICIES) expect(text).toContain(`policy="${name}"`);
  expect(text).not.toContain('user-of-the-test');
});
