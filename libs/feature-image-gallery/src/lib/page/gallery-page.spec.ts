import { randomUUID } from 'node:crypto';
import { provideDatabase, provideRedis } from '@sluice/testing-servers';
import { type GalleryApp, serveGallery } from '../../testing/serve-gallery';
import { readPageFiles } from './page-files';

let redis: Awaited<ReturnType<typeof provideRedis>>;
let database: Awaited<ReturnType<typeof provideDatabase>>;
let app: GalleryApp;

beforeAll(async () => {
  [redis, database] = await Promise.all([provideRedis(), provideDatabase()]);
  const keyPrefix = `test-${randomUUID()}:`;
  app = await serveGallery({ redisUrl: redis.url, databaseUrl: database.url, keyPrefix });
});

afterAll(async () => {
  await app?.close();
  await Promise.all([redis?.stop(), database?.stop()]);
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${app.url}${path}`, { headers });
const names = [...readPageFiles().keys()].filter((name) => name !== 'gallery.html');
const paths = ['/gallery', ...names.map((name) => `/gallery/${name}`)];

/** What a file asks for, from its own address. */
function asked(path: string, text: string): string[] {
  const found = text.matchAll(/(?:\b(?:src|href|action)="|\bfrom '|\burl\(|@import )([^"')]*)/g);
  return [...found].map(([, address]) => new URL(address as string, `${app.url}${path}`).href);
}

describe.each(paths)('%s', (path) => {
  it('is sent without a token, with a policy that allows nothing inline and nothing foreign', async () => {
    const { status, headers } = await get(path);
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy') ?? '';
    const directives = new Map(
      policy.split('; ').map((one): [string, string] => [one.split(' ')[0] ?? '', one.replace(/^\S+ /, '')]),
    );
    expect(Object.fromEntries(directives)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'form-action': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
    });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('is sent once, as long as it stays the same', async () => {
    const first = await get(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const again = await get(path, { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('asks for nothing but files that are there', async () => {
    for (const address of asked(path, await (await get(path)).text())) {
      if (address.startsWith('http://www.w3.org/')) continue;
      expect(address).toMatch(`${app.url}/gallery/`);
      expect([address, (await fetch(address)).status]).toEqual([address, 200]);
    }
  });
});

describe('the page', () => {
  const page = async () => (await get('/gallery')).text();

  it('is HTML, and its files are what they are named', async () => {
    const type = async (path: string) => (await get(path)).headers.get('content-type');
    expect(await type('/gallery')).toBe('text/html; charset=utf-8');
    expect(await type('/gallery/main.js')).toBe('text/javascript; charset=utf-8');
    expect(await type('/gallery/gallery.css')).toBe('text/css; charset=utf-8');
    expect(await type('/gallery/icon.svg')).toBe('image/svg+xml');
    expect(asked('/gallery', await page())).toEqual(
      expect.arrayContaining([`${app.url}/gallery/main.js`, `${app.url}/gallery/gallery.css`]),
    );
  });

  it('has no script, style or handler in it', async () => {
    const html = await page();
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    for (const [script] of html.matchAll(/<script[\s\S]*?<\/script>/g)) {
      expect(script).toMatch(/^<script type="module" src="[^"]+"><\/script>$/);
    }
  });

  it('names its language, and each of its fields', async () => {
    const html = await page();
    expect(html).toContain('<html lang="en">');
    const fields = [...html.matchAll(/<(?:input|select)\s[^>]*?id="(\w+)"/g)].map(([, id]) => id);
    expect(fields).toEqual(['email', 'password', 'status', 'liked']);
    for (const id of fields) expect(html).toContain(`<label for="${id}">`);
  });

  it('never puts what is typed into an address, without its script neither', async () => {
    const forms = [...(await page()).matchAll(/<form[^>]*>/g)].map(([form]) => form);
    expect(forms).toHaveLength(2);
    for (const form of forms) expect(form).toContain('method="post"');
  });

  it('makes no HTML out of what it gets, and stores nothing', async () => {
    const scripts = names.filter((name) => name.endsWith('.js'));
    expect(scripts).toHaveLength(4);
    for (const name of scripts) {
      expect(await (await get(`/gallery/${name}`)).text()).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|Function\(|Storage|\.cookie|location/,
      );
    }
  });
});

it.each([
  '/gallery/gallery.html',
  '/gallery/none.js',
  '/gallery/__proto__',
  '/gallery/constructor',
  '/gallery/..%2fpage-files.ts',
  '/gallery/%2e%2e%2fpage-files.ts',
  '/gallery/files%2fmain.js',
  '/gallery/main.js%00',
])('%s is not there', async (path) => {
  const answer = await get(path);
  expect([404, 400]).toContain(answer.status);
  expect(await answer.text()).not.toContain('import ');
});
