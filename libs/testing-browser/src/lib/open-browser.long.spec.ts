import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findBrowser } from './find-browser';
import { openBrowser, type OpenedBrowser } from './open-browser';

const installation = findBrowser();
// The set-up has said that there is none, and how to get one.
const inBrowser = installation ? describe : describe.skip;

inBrowser('a browser that was opened', () => {
  let server: Server;
  let url: string;
  let browser: OpenedBrowser;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end('<!doctype html><title>A page</title>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (installation) browser = await openBrowser(installation);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  it('has pages of the size that is asked for, with nothing of one another', async () => {
    const [first, second] = [await browser.newPage({ width: 320, height: 480 }), await browser.newPage()];
    await first.goto(url);
    await second.goto(url);
    expect(await first.title()).toBe('A page');
    expect(await first.evaluate('[innerWidth, innerHeight]')).toEqual([320, 480]);
    await first.evaluate('localStorage.setItem("secret", "1"); document.cookie = "secret=1"');
    expect(await second.evaluate('localStorage.length + document.cookie.length')).toBe(0);
  }, 60_000);

  it('is gone when it was closed', async () => {
    await browser.close();
    await expect(browser.newPage()).rejects.toThrow(/closed/);
    if (installation) browser = await openBrowser(installation);
  }, 60_000);
});

it('one that cannot be started is an error with its name', async () => {
  const executable = '/nowhere/chromium';
  await expect(openBrowser({ executable, version: '0' })).rejects.toThrow(executable);
});
