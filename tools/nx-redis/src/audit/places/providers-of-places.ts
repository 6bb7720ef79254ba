import ts from 'typescript';
import { decoratorsOf, isNest } from '../nest/decorators';
import type { NestProviders } from '../nest/providers';
import { isClientType } from '../makes/match-make';
import { bare, propertyOf } from '../syntax/member-name';
import type { AuditContext } from './context';
import { nodesOf } from '../syntax/nodes-of';
import { clientBase, describePlace, type FoundPlace } from './find-places';
import { mockedPackages } from './mocks';

/**
 * What Nest does with the places: a class that is provided by three modules is made three times, and one of a request's
 * scope for each request. A class that is a client itself is made by Nest where it is provided.
 */
export function addProviders(places: FoundPlace[], context: AuditContext, nest: NestProviders): void {
  for (const { node, place } of places) {
    const provider = providerAround(node, nest);
    if (!provider) continue;
    const modules = [...new Set(nest.modulesWith(provider))];
    if (modules.length > 1 && place.opens !== 'handed') {
      place.clients *= modules.length;
      place.providedBy = modules.sort();
    }
    place.perRequest = place.opens !== 'handed' && isScoped(provider, context);
  }
  for (const file of context.sources.files) {
    for (const node of nodesOf(file)) {
      if (ts.isClassDeclaration(node)) addProvidedClient(node, places, context, nest);
    }
  }
  addProvidedExports(places, context, nest);
}

/** `{ provide: …, useClass: Redis }`, or `Redis` itself among the providers. */
function addProvidedExports(places: FoundPlace[], context: AuditContext, nest: NestProviders): void {
  const used = nest.providers.flatMap(({ node }) => propertyOf(node, 'useClass') ?? []);
  const listed = nest.modules.flatMap(({ providers }) => [...providers].filter(ts.isExpression));
  for (const node of new Set([...used, ...listed])) {
    const origin = context.origins.of(node);
    if (origin?.kind !== 'export' || !isClientType(origin)) continue;
    if (mockedPackages(node.getSourceFile()).has(origin.package)) continue;
    const provider = ts.findAncestor(node, (one) => nest.modulesWith(one).length > 0);
    const modules = provider ? [...new Set(nest.modulesWith(provider))] : [];
    places.push({
      node,
      place: {
        ...describePlace(node, {
          kind: 'client',
          package: origin.package,
          name: origin.name,
          reason: 'Nest makes one where it is provided',
        }),
        clients: Math.max(1, modules.length),
        providedBy: modules.length > 1 ? modules.sort() : [],
        perRequest: provider !== undefined && isScoped(provider, context),
      },
    });
  }
}

function addProvidedClient(
  node: ts.ClassDeclaration,
  places: FoundPlace[],
  context: AuditContext,
  nest: NestProviders,
): void {
  if (!node.heritageClauses) return;
  const base = clientBase({ kind: 'class', node }, context);
  const isInjectable = decoratorsOf(node, context.origins).some(({ origin }) => isNest(origin, 'Injectable'));
  const modules = [...new Set(nest.modulesWith(node))];
  if (!base || (!isInjectable && modules.length === 0 && !isUsedClass(node, context, nest))) return;
  places.push({
    node,
    place: {
      ...describePlace(node.name ?? node, {
        kind: 'subclass',
        package: base.package,
        name: base.name,
        reason: `a class that extends ${base.package}, made by Nest`,
      }),
      inside: node.name?.text ?? 'a class',
      clients: Math.max(1, modules.length),
      providedBy: modules.length > 1 ? modules.sort() : [],
      perRequest: isScoped(node, context),
    },
  });
}

function isUsedClass(node: ts.ClassDeclaration, { origins }: AuditContext, nest: NestProviders): boolean {
  return nest.providers.some(({ node: provider }) => {
    const useClass = propertyOf(provider, 'useClass');
    const origin = useClass && origins.of(useClass);
    return origin?.kind === 'class' && origin.node === node;
  });
}

/** The class or provider object that a place is in, when a module provides it. */
function providerAround(node: ts.Node, nest: NestProviders): ts.Node | undefined {
  return ts.findAncestor(
    node,
    (one) => (ts.isClassLike(one) || ts.isObjectLiteralExpression(one)) && nest.modulesWith(one).length > 0,
  );
}

/** `Scope.REQUEST` or `Scope.TRANSIENT`, of a class or a provider object. */
function isScoped(provider: ts.Node, { origins }: AuditContext): boolean {
  const options = ts.isObjectLiteralExpression(provider)
    ? provider
    : decoratorsOf(provider, origins)
        .filter(({ origin }) => isNest(origin, 'Injectable'))
        .map(({ given }) => given[0] && bare(given[0]))
        .find((one) => one !== undefined);
  if (!options || !ts.isObjectLiteralExpression(options)) return false;
  return /\.(REQUEST|TRANSIENT)$/.test(propertyOf(options, 'scope')?.getText() ?? '');
}
