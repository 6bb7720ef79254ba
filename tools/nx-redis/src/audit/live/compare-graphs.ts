import type { AuditResult } from '../audit-result';
import { INJECTABLES } from '../injections/known-injectables';
import type { LiveReport } from './booted';

export interface GraphComparison {
  /** Injections that both know. */
  both: number;
  /** Who injects it in files that this application does not load, such as a library that nobody imports yet. */
  elsewhere: string[];
  problems: string[];
}

/** Holds what the code says against what Nest did: each injection of what the owner exports must be in both. */
export function compareGraphs(
  { injections, wrappers, owner }: AuditResult,
  report: LiveReport,
): GraphComparison {
  const ofPackages = INJECTABLES.filter(
    ({ packages, as }) => as !== 'decorator' && packages.some((name) => owner.packages.includes(name)),
  );
  const tokens = new Set([...wrappers, ...ofPackages].map(({ name }) => name));
  const own = injections.filter(({ area, by, token }) => {
    const isNests = by === 'constructor' || by === 'property' || by === 'factory';
    return (area === 'production' || area === 'owner') && isNests && tokens.has(token);
  });
  const isLoaded = loadedBy(report, own);
  const inCode = new Set(
    own
      .filter(({ file }) => isLoaded(file))
      // A factory is called after what it provides, and where.
      .map(({ user, token }) => `${user.replace(/ in .*/, '')} injects ${token}`),
  );
  const inNest = new Set(
    report.injections
      .filter(({ token, module }) => tokens.has(token) && !isOfPackage(module, owner))
      .map(({ user, token }) => `${user} injects ${token}`),
  );
  const missing = [...inCode].filter((one) => !inNest.has(one)).sort();
  const unknown = [...inNest].filter((one) => !inCode.has(one)).sort();
  return {
    both: inCode.size - missing.length,
    elsewhere: [...new Set(own.filter(({ file }) => !isLoaded(file)).map(({ user }) => user))].sort(),
    problems: [
      ...missing.map((one) => `${one} in the code, but not in Nest's own graph: is its module imported?`),
      ...unknown.map(
        (one) => `${one} in Nest's own graph, but the code does not say so: the audit missed it.`,
      ),
    ],
  };
}

/** What a package that owns Redis injects into itself stands in no code of the repository. */
function isOfPackage(module: string, { packages }: AuditResult['owner']): boolean {
  return packages.length > 0 && /^(Redis|Cluster|LeaderSchedule)Module$/.test(module);
}

/** Where no file of any injection was loaded under its own name, it is unknown which belong to the application. */
function loadedBy({ loaded }: LiveReport, own: readonly { file: string }[]): (file: string) => boolean {
  const files = new Set(loaded);
  return own.some(({ file }) => files.has(file)) ? (file) => files.has(file) : () => true;
}
