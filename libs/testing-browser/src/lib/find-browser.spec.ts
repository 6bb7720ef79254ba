import fs from 'node:fs';
import { findBrowser } from './find-browser';

const environment = { ...process.env };
const isLinux = process.platform === 'linux';

/** What the set-up has noted. */
function noted(text: string): void {
  jest.spyOn(fs, 'readFileSync').mockReturnValue(text);
}

beforeEach(() => {
  delete process.env['CI'];
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...environment };
});

const browser = { executable: '/opt/chromium', libraryPath: '/opt/lib', version: '140.0.0.0' };

it('is the browser that the set-up found', () => {
  noted(JSON.stringify({ redis: null, browser }));
  expect(findBrowser()).toEqual(browser);
});

it.each(['{"browser":null}', '{}', 'half a fi'])('is none where the notes are %j', (text) => {
  noted(text);
  expect(findBrowser()).toBeUndefined();
});

it('in CI on Linux, that there is none is an error that says what to do', () => {
  process.env['CI'] = 'true';
  noted('{"browser":null}');
  if (isLinux) expect(findBrowser).toThrow(/No browser was found.*apt-get install chromium.*test:full/);
  else expect(findBrowser()).toBeUndefined();
  noted(JSON.stringify({ browser }));
  expect(findBrowser()).toEqual(browser);
});
