import type { AuditResult, Place, Violation } from '../audit-result';
import { type Manifest, nearestManifest, realName } from '../sources/manifests';
import { CLIENT_PACKAGES } from '../makes/known-clients';
import { areaOf, isDoor } from '../places/areas';
import type { AuditContext } from '../places/context';
import { findHandedOn } from './find-handed-on';

/** What breaks the rules, in the order of files and lines. */
export function findViolations(
  places: readonly Place[],
  owner: AuditResult['owner'],
  exempt: readonly string[],
  context: AuditContext,
): Violation[] {
  const isConfigured = owner.how === 'configured';
  return [
    ...places.flatMap((place) => ofPlace(place)),
    ...(isConfigured ? ofManifests(context.sources.manifests, owner, exempt) : []),
    ...(isConfigured ? findHandedOn(context, owner.folders, exempt) : []),
  ].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule),
  );
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function ofPlace(place: Place): Violation[] {
  const { file, line, column, confidence } = place;
  const violation = (rule: Violation['rule'], message: string) => ({
    file,
    line,
    column,
    rule,
    message,
    confidence,
  });
  const found: Violation[] = [];
  const inside = place.inside ? `${place.inside} ` : '';
  if (place.area === 'production' && place.opens !== 'handed') {
    found.push(violation(ruleOf(place), `${inside}${makes(place)}: ${place.reason}.`));
  }
  if (place.area !== 'production' && place.area !== 'owner') return found;
  if (place.providedBy.length > 1) {
    const modules = place.providedBy.join(', ');
    found.push(
      violation(
        'provided-again',
        `${inside}is provided by ${place.providedBy.length} modules (${modules}): that is a client each.`,
      ),
    );
  }
  if (place.perRequest)
    found.push(violation('client-per-request', `${inside}makes a client for each request.`));
  return found;
}

function ruleOf({ kind }: Place): Violation['rule'] {
  if (kind === 'duplicate') return 'duplicate-outside-owner';
  if (kind === 'library') return 'library-opens-its-own';
  return kind === 'socket' ? 'raw-socket' : 'client-outside-owner';
}

function makes({ kind, package: from, name }: Place): string {
  switch (kind) {
    case 'duplicate':
      return 'duplicates a client';
    case 'library':
      return `has a connection opened by ${from}${name === 'default' ? '' : ` (${name})`}`;
    case 'socket':
      return 'opens a socket to Redis';
    case 'factory':
      return `makes a client of ${from} by ${name}()`;
    default:
      return `makes a client of ${from}`;
  }
}

/** Clients that are dependencies of another package than the owner's. */
function ofManifests(
  manifests: readonly Manifest[],
  owner: AuditResult['owner'],
  exempt: readonly string[],
): Violation[] {
  // Where a package owns Redis, the client is that package's dependency and nobody's here.
  const own = owner.folders.filter((folder) => !isDoor(owner, folder));
  const allowed = new Set(own.map((folder) => nearestManifest(manifests, `${folder}/x`)?.path));
  return manifests
    .filter(({ path }) => !allowed.has(path) && areaOf(path, owner.folders, exempt) === 'production')
    .flatMap(({ path, dependencies }) =>
      [...dependencies]
        .filter(([name, range]) => CLIENT_PACKAGES.has(realName(name, range)))
        .map(([name, range]) => ({
          ...{
            file: path,
            line: 1,
            column: 1,
            rule: 'client-package-declared' as const,
            confidence: 'certain' as const,
          },
          message: `${name}${realName(name, range) === name ? '' : ` (${realName(name, range)})`} is a dependency here; it belongs to the owner of Redis alone.`,
        })),
    );
}
