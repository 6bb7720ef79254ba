import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The Chromium that the set-up found or fetched. */
export interface BrowserInstallation {
  readonly executable: string;
  /** Where its libraries lie, when they are not those of the system. */
  readonly libraryPath?: string;
  readonly version: string;
}

/**
 * Reads of `.data/servers.json` which browser there is.
 *
 * @returns undefined when there is none; `npm run test:full` looks for one, and fetches it on Debian and Ubuntu
 * @throws Error in CI on Linux when there is none: there the tests in a browser are promised
 */
export function findBrowser(): BrowserInstallation | undefined {
  const found = readNotes().browser ?? undefined;
  if (found || !process.env['CI'] || process.platform !== 'linux') return found;
  throw new Error(
    'No browser was found. Install one: `apt-get install chromium`, then run `npm run test:full`.',
  );
}

function readNotes(): { browser?: BrowserInstallation | null } {
  try {
    return JSON.parse(readFileSync(join(workspaceRoot(), '.data', 'servers.json'), 'utf8')) as object;
  } catch {
    return {};
  }
}

function workspaceRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`${__dirname} lies in no Nx workspace: no nx.json above it.`);
    folder = parent;
  }
  return folder;
}
