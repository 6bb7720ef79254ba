import { existsSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../process/process-group.mjs';
import { say } from '../process/say.mjs';
import { fetchDebianPackages } from './debian-packages.mjs';
import { isProgram } from './is-program.mjs';

const names = ['chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome'];

/**
 * Finds a Chromium: on the PATH, or fetched before, or fetched now where that goes without root.
 * @returns `{ executable, libraryPath?, version }`, or null when there is none, which is said
 */
export async function prepareBrowser(dataDirectory) {
  const browser = (await onPath()) ?? (await fetched(join(dataDirectory, 'chromium')));
  if (!browser) {
    say(
      'No browser was found or could be fetched: tests that need one are left out. `apt-get install chromium` helps.',
    );
  }
  return browser;
}

async function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const executable of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const browser = isProgram(executable) && (await known({ executable }));
    if (browser) return browser;
  }
  return undefined;
}

async function fetched(folder) {
  const found = existsSync(folder) && (await known(unpacked(folder)));
  if (found) return found;
  // Fetched on another kind of machine that shares this folder, or nothing yet.
  rmSync(folder, { recursive: true, force: true });
  const done = await fetchDebianPackages(folder, ['chromium-headless-shell'], {
    announce: 'Fetching Chromium from the package server of this system (some 130 MB); nothing is installed.',
    dependencies: true,
  });
  return done ? await known(unpacked(folder)) : null;
}

function unpacked(folder) {
  const libraries = join(folder, 'root', 'usr', 'lib');
  const ofMachine = existsSync(libraries)
    ? readdirSync(libraries).filter((name) => name.includes('-linux-'))
    : [];
  // Some packages keep a library in a folder of their own there, such as pulseaudio.
  const paths = ofMachine.flatMap((name) => {
    const inside = readdirSync(join(libraries, name), { withFileTypes: true }).filter((one) =>
      one.isDirectory(),
    );
    return [join(libraries, name), ...inside.map((one) => join(libraries, name, one.name))];
  });
  return {
    executable: join(libraries, 'chromium', 'chromium-headless-shell'),
    libraryPath: paths.join(delimiter),
  };
}

/** @returns it with its version; null when it does not run */
async function known(browser) {
  const { executable, libraryPath } = browser;
  if (!isProgram(executable)) return null;
  const env = libraryPath ? { ...process.env, LD_LIBRARY_PATH: libraryPath } : process.env;
  const { code, output } = await run(executable, ['--version'], { env, capture: true, within: 20_000 });
  const version = /\d+\.\d+\.\d+\.\d+/.exec(output ?? '')?.[0];
  return code === 0 && version ? { ...browser, version } : null;
}
