import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the set-up of this workspace found or fetched; it alone decides where binaries come from. */
export interface Installation {
  /** Absolute path of the folder for everything that is kept or scratch; every user that runs a server may enter it. */
  readonly dataDirectory: string;
  readonly redis?: {
    readonly server: string;
    readonly cli: string;
    readonly libraryPath?: string;
    readonly version: string;
  };
  readonly postgres?: {
    /** The folder of `initdb` and `postgres`. */
    readonly bin: string;
    readonly libraryPath?: string;
    readonly version: string;
  };
}

/**
 * Reads `.data/servers.json` of the workspace.
 * @throws Error when the set-up has not run yet; the message says how to run it.
 */
export function readInstallation(): Installation {
  const file = join(workspaceRoot(), '.data', 'servers.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Installation;
  } catch (cause) {
    throw new Error(`No servers are set up here yet. ${howToSetUp}`, { cause });
  }
}

export function redisInstallation() {
  const { redis } = readInstallation();
  if (!redis) throw new Error(`No real Redis server was found on this machine. ${howToSetUp}`);
  return redis;
}

export function postgresInstallation() {
  const { dataDirectory, postgres } = readInstallation();
  if (!postgres) throw new Error(`No PostgreSQL server was found for this machine. ${howToSetUp}`);
  return { ...postgres, dataDirectory };
}

const howToSetUp = 'Run `npm test`, or `node tools/dev/setup.mjs`, in the workspace.';

function workspaceRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`${__dirname} lies in no Nx workspace: no nx.json above it.`);
    folder = parent;
  }
  return folder;
}
