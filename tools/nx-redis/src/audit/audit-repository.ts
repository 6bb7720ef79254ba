import { basename } from 'node:path';
import ts from 'typescript';
import type { AuditConfig } from './audit-config';
import type { AuditResult, Location, Place } from './audit-result';
import { findCaches } from './caches/find-caches';
import { findInjections } from './injections/find-injections';
import { findThrough } from './injections/find-through';
import { findWrappers } from './injections/find-wrappers';
import { Injectables } from './injections/injectables';
import { Reach } from './injections/reach';
import { isKnownExport } from './makes/match-make';
import { decoratorsOf } from './nest/decorators';
import { NestProviders } from './nest/providers';
import { areaOf, areaOfPlace } from './places/areas';
import type { AuditContext } from './places/context';
import { nodesOf } from './syntax/nodes-of';
import { addFactoryCalls } from './places/factories';
import { findPlaces } from './places/find-places';
import { addProviders } from './places/providers-of-places';
import { OriginFinder } from './syntax/origin-finder';
import { readSources, type SourceSet } from './syntax/source-set';
import { findOwner } from './verdict/find-owner';
import { compare, findViolations } from './verdict/find-violations';

/**
 * Reads a repository and says who makes clients of Redis in it and who uses them. Runs nothing of it and needs nothing
 * installed in it.
 */
export function auditRepository(root: string, config: AuditConfig = {}): AuditResult {
  const sources = readSources(root);
  const files = sources.files;
  const nest: { found?: NestProviders } = {};
  const origins = new OriginFinder(sources, {
    isKnown: isKnownExport,
    injected: (parameter) => nest.found?.injected(parameter),
  });
  const context: AuditContext = { sources, origins };
  const providers = (nest.found = new NestProviders(context, files));
  const places = findPlaces(context, files);
  addFactoryCalls(places, context, files);
  addProviders(places, context, providers);

  const owner = findOwner(config, places, providers, sources.manifests);
  const exempt = Object.keys(config.exempt ?? {});
  const area = <T extends Location & { area: Place['area'] }>(one: T): T => ({
    ...one,
    area: areaOf(one.file, owner.folders, exempt),
  });
  const reach = new Reach(context, providers, places);
  const injectables = new Injectables(context, providers, reach, owner.folders, places);
  const injections = findInjections({ ...context, nest: providers, injectables }, files);
  const placed = sorted(places.map(({ place }) => ({ ...place, area: areaOfPlace(place, owner, exempt) })));
  const violations = findViolations(placed, owner, exempt, context);
  noteOtherFrameworks(context, sources);
  return {
    repository: sources.manifests.find(({ folder }) => folder === '')?.name ?? basename(root),
    files: countFiles(files),
    owner,
    exempt: Object.entries(config.exempt ?? {}).map(([folder, reason]) => ({ folder, reason })),
    places: placed,
    wrappers: sorted(findWrappers(context, providers, reach, owner.folders)),
    injections: sorted(injections.map(({ injection }) => area(injection))),
    through: sorted(
      findThrough({ ...context, nest: providers, injectables }, files, injections, owner.folders),
    ).map(area),
    caches: sorted(findCaches(context, injectables, files).map(area)).filter(
      (cache) => cache.area === 'production' || cache.area === 'owner',
    ),
    violations,
    verdict: violations.length > 0 ? 'violated' : 'ok',
    leftOut: sources.leftOut.sort((a, b) => compare(a.path, b.path) || compare(a.reason, b.reason)),
  };
}

function sorted<T extends Location>(list: T[]): T[] {
  return list.sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function countFiles(files: readonly ts.SourceFile[]): AuditResult['files'] {
  const javascript = files.filter(({ fileName }) => /\.[cm]?jsx?$/.test(fileName)).length;
  return { typescript: files.length - javascript, javascript };
}

/** Frameworks with an injection of their own, which is not followed. */
const OTHERS = new Set(['inversify', 'tsyringe', 'typedi', '@loopback/core', '@tsed/di', '@angular/core']);

function noteOtherFrameworks({ origins }: AuditContext, sources: SourceSet): void {
  const found = new Map<string, string[]>();
  for (const file of sources.files) {
    if (!/inversify|tsyringe|typedi|@loopback|@tsed|@angular/.test(file.text)) continue;
    const names = new Set<string>();
    for (const node of nodesOf(file)) {
      for (const { origin } of decoratorsOf(node, origins)) {
        if (origin?.kind === 'export' && OTHERS.has(origin.package)) names.add(origin.package);
      }
    }
    for (const name of names) found.set(name, [...(found.get(name) ?? []), file.fileName]);
  }
  for (const [name, [path = '', ...others]] of found) {
    const also = others.length > 0 ? `, as in ${others.length} more files` : '';
    const reason = `decorators of ${name}${also}: what they inject is not followed, clients that are made are found`;
    sources.leftOut.push({ path, reason });
  }
}
