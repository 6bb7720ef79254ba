import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, posix } from 'node:path';
import { MODULE_PACKAGES } from './makes/known-clients';

/** What a repository says of itself in `redis-audit.json`, at its root. All of it may be left out. */
export interface AuditConfig {
  /** Folders in which clients may be made, or a package whose module makes them. Default: guessed. */
  owner?: readonly string[];
  /** Folders that are not held to the rule, each with the reason. */
  exempt?: Readonly<Record<string, string>>;
  /** The document that is written and checked. Default: `docs/redis-usage-audit.md`. */
  document?: string;
  /** The command that boots the application for the live audit, in words; see `live/booted.ts`. */
  boot?: readonly string[];
}

export const CONFIG_FILE = 'redis-audit.json';

/** Something the user has to put right, in one sentence. */
export class UsageError extends Error {}

/** @throws UsageError that says what is wrong in the file */
export function readAuditConfig(root: string): AuditConfig {
  const path = join(root, CONFIG_FILE);
  if (!existsSync(path)) return {};
  const config = parse(path);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new UsageError(`${CONFIG_FILE}: it must be an object`);
  }
  const wrong = (what: string) => new UsageError(`${CONFIG_FILE}: ${what}`);
  for (const key of Object.keys(config)) {
    if (!['$schema', 'owner', 'exempt', 'document', 'boot'].includes(key))
      throw wrong(`"${key}" is not known`);
  }
  if (config.owner !== undefined && !isWords(config.owner))
    throw wrong('"owner" must be a list of folders, or of packages');
  const { exempt, document, boot } = config;
  if (
    exempt !== undefined &&
    (typeof exempt !== 'object' || Array.isArray(exempt) || !isWords(Object.values(exempt ?? {})))
  ) {
    throw wrong(
      '"exempt" must have a folder for each reason: { "tools/benchmarks": "measures other clients" }',
    );
  }
  if (document !== undefined && typeof document !== 'string') throw wrong('"document" must be a path');
  if (boot !== undefined && !isWords(boot)) throw wrong('"boot" must be a command as a list of words');
  const inRoot = (folder: string) => {
    const path = folderIn(root, folder);
    if (path === undefined) throw wrong(`there is no folder ${folder} in the repository`);
    return path;
  };
  const owner = config.owner?.map((one) => (MODULE_PACKAGES.has(one) ? one : inRoot(one)));
  const exempted = Object.entries(exempt ?? {}).map(([folder, reason]) => [inRoot(folder), reason]);
  return { ...config, ...(owner && { owner }), ...(exempt && { exempt: Object.fromEntries(exempted) }) };
}

/** `./libs/redis/` is libs/redis; undefined for what is not there, or outside. */
function folderIn(root: string, folder: string): string | undefined {
  const path = posix.normalize(folder).replace(/\/$/, '');
  const isOutside = path === '..' || path.startsWith('../') || isAbsolute(path);
  return isOutside || !existsSync(join(root, path)) ? undefined : path;
}

function parse(path: string): AuditConfig {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as AuditConfig;
  } catch (error) {
    throw new UsageError(`${CONFIG_FILE} is no valid JSON: ${(error as Error).message}`);
  }
}

function isWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}
