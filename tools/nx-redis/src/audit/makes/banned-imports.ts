import { KNOWN_MAKES } from './known-makes';

/**
 * Whatever has it in its name, known or not; `*` stands for any text, the rest is a regular expression. A server that
 * tests start is no client, and the packages of @sluice are the door itself.
 */
const BY_NAME: readonly string[] = ['(?!@sluice/)*redis*(?<!-server)', '*valkey*', '@upstash/*'];

/** The known makes that are about Redis and nothing else. */
export const REDIS_PACKAGES: ReadonlySet<string> = new Set(
  KNOWN_MAKES.filter(({ alsoOthers }) => !alsoOthers)
    .flatMap(({ packages }) => packages)
    .filter((name) => !name.startsWith('@sluice/')),
);

/**
 * What lint bans, in the form of `bannedExternalImports` of Nx's boundary rule: by name, and of the known makes those
 * whose names do not tell.
 */
export const BANNED_IMPORTS: readonly string[] = [
  ...BY_NAME,
  ...[...REDIS_PACKAGES].filter((name) => !matches(BY_NAME, name)).flatMap((name) => [name, `${name}/*`]),
];

/** Whether lint would ban an import of it. */
export function isBanned(specifier: string): boolean {
  return matches(BANNED_IMPORTS, specifier);
}

/** As Nx reads its patterns. */
export function matches(patterns: readonly string[], specifier: string): boolean {
  return patterns.some((pattern) => new RegExp(`^${pattern.split(/\.\*|\*+/).join('.*')}$`).test(specifier));
}
