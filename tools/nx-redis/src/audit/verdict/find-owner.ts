import { posix } from 'node:path';
import type { AuditResult } from '../audit-result';
import type { AuditConfig } from '../audit-config';
import type { NestProviders } from '../nest/providers';
import { isTestFile, isWithin } from '../places/areas';
import type { FoundPlace } from '../places/find-places';
import { MODULE_PACKAGES } from '../makes/known-clients';
import type { Manifest } from '../sources/manifests';
import { propertyOf } from '../syntax/member-name';

type Owner = AuditResult['owner'];

const OWNER_PACKAGE = '@sluice/data-access-redis';

/**
 * Where clients may be made: what the configuration says; else where the module of the published owner is set up; else
 * the folder in which a client is made that is provided to others, which is a guess when there are several.
 */
export function findOwner(
  config: AuditConfig,
  places: readonly FoundPlace[],
  nest: NestProviders,
  manifests: readonly Manifest[],
): Owner {
  const exempt = Object.keys(config.exempt ?? {});
  const clients = places.filter(
    ({ place }) =>
      (place.kind === 'client' || place.kind === 'subclass') &&
      !isTestFile(place.file) &&
      !exempt.some((folder) => isWithin(place.file, folder)),
  );
  // With the owner as a package, each application sets it up, and nothing else beside it may make a client.
  const doorsOf = (packages: readonly string[]) => {
    const doors = clients.filter(({ place }) => packages.includes(place.package));
    return [...new Set(doors.map(({ place }) => place.file))].sort();
  };
  if (config.owner) {
    const packages = config.owner.filter((one) => MODULE_PACKAGES.has(one));
    const folders = config.owner.filter((one) => !packages.includes(one));
    return {
      folders: [...folders, ...doorsOf(packages)],
      packages,
      how: 'configured',
      reason: `redis-audit.json names ${packages.join(' and ') || 'it'}`,
    };
  }
  const doors = doorsOf([OWNER_PACKAGE]);
  if (doors.length > 0) {
    return {
      folders: doors,
      packages: [OWNER_PACKAGE],
      how: 'guessed',
      reason: `RedisModule of ${OWNER_PACKAGE} is set up there`,
    };
  }
  const votes = new Map<string, number>();
  for (const one of clients) {
    const folder = roomOf(one.place.file, manifests);
    votes.set(folder, (votes.get(folder) ?? 0) + (isProvided(one, nest) ? 100 : 1));
  }
  const ranked = [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const [first, second] = ranked;
  if (!first) return { folders: [], packages: [], how: 'none', reason: 'no place makes a client by itself' };
  const others = ranked.length - 1;
  return {
    folders: [first[0]],
    packages: [],
    how: 'guessed',
    reason:
      second === undefined
        ? 'it is the only folder in which a client is made'
        : `of ${ranked.length} folders in which clients are made it is the one that ${first[1] >= 100 ? 'provides' : 'makes'} most; the ${others === 1 ? 'other is' : `other ${others} are`} held against it`,
  };
}

/** A library of a monorepo as a whole; in an application the folder of the file. */
function roomOf(file: string, manifests: readonly Manifest[]): string {
  const library = manifests
    .filter(({ folder }) => /^(libs|packages|modules)\//.test(folder) && isWithin(file, folder))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  return library ? library.folder : posix.dirname(file);
}

/** Whether Nest provides what the client is made in. */
function isProvided({ node }: FoundPlace, nest: NestProviders): boolean {
  return (
    nest.modules.some(({ providers }) =>
      [...providers].some(
        (provider) =>
          provider.getSourceFile() === node.getSourceFile() &&
          provider.pos <= node.pos &&
          node.end <= provider.end,
      ),
    ) ||
    nest.providers.some(
      ({ node: provider }) =>
        provider.getSourceFile() === node.getSourceFile() &&
        provider.pos <= node.pos &&
        node.end <= provider.end &&
        propertyOf(provider, 'provide') !== undefined,
    )
  );
}
