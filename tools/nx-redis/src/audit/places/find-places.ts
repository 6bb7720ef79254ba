import ts from 'typescript';
import type { Place } from '../audit-result';
import type { Make } from '../makes/make';
import { isClientType, matchMake } from '../makes/match-make';
import { classAround } from '../syntax/assignments';
import { bare, memberName } from '../syntax/member-name';
import { instance, type Origin } from '../syntax/origin';
import { type AuditContext, locate, nameAround } from './context';
import { nodesOf } from '../syntax/nodes-of';
import { openingOf } from './handed';
import { mockedPackages } from './mocks';
import { SharedConfigurations } from './shared-configurations';
import { socketTo } from './sockets';

/** A place, and where in the syntax it is. */
export interface FoundPlace {
  node: ts.Node;
  place: Place;
}

/** Every place that makes a client or hands one to a library; calls of factories are found after that. */
export function findPlaces(context: AuditContext, files: readonly ts.SourceFile[]): FoundPlace[] {
  const shared = new SharedConfigurations(context, files);
  return files.flatMap((file) => {
    const mocked = mockedPackages(file);
    const found: FoundPlace[] = [];
    for (const node of nodesOf(file)) {
      const place = placeAt(node, context, shared);
      if (place && !mocked.has(place.package)) found.push({ node, place });
    }
    return found;
  });
}

function placeAt(node: ts.Node, context: AuditContext, shared: SharedConfigurations): Place | undefined {
  if (ts.isNewExpression(node)) return newPlace(node, context, shared);
  if (ts.isCallExpression(node)) return callPlace(node, context, shared);
  if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
    const name = memberName(node.name);
    if (name !== 'store' && name !== 'transport') return undefined;
    const value = ts.isPropertyAssignment(node) ? node.initializer : node.name;
    return byMake('reference', value, [node.parent], node, context, shared);
  }
  return undefined;
}

function newPlace(
  node: ts.NewExpression,
  context: AuditContext,
  shared: SharedConfigurations,
): Place | undefined {
  const known = byMake('new', node.expression, node.arguments ?? [], node, context, shared);
  if (known) return known;
  const origin = context.origins.of(node.expression);
  // `new (connectRedis(session))({ … })`: the call gave the class.
  if (origin?.kind === 'instance' && origin.of.kind === 'export' && origin.of.package === 'connect-redis') {
    const make = matchMake(origin.of, 'new');
    return make && placeOf(make, origin.of, node.arguments ?? [], node, context, shared);
  }
  if (origin?.kind !== 'class') return undefined;
  const base = clientBase(origin, context);
  if (!base) return libraryPlace(node, origin, context, shared);
  return describe(node, {
    kind: 'subclass',
    package: base.package,
    name: base.name,
    reason: `a class that extends ${base.package}`,
  });
}

/** `super(…)` in a class that extends one of a library, or `new` of such a class that has no constructor. */
function libraryPlace(
  node: ts.NewExpression | ts.CallExpression,
  called: Origin | undefined,
  context: AuditContext,
  shared: SharedConfigurations,
): Place | undefined {
  let at = called;
  for (let depth = 0; at?.kind === 'class' && depth < 20; depth++) {
    if (at.node.members.some(ts.isConstructorDeclaration)) return undefined;
    at = context.origins.base(at.node);
  }
  const make = matchMake(at, 'new');
  return make?.kind === 'library'
    ? placeOf(make, at, node.arguments ?? [], node, context, shared)
    : undefined;
}

/** The client that a class extends, over any number of classes. */
export function clientBase(
  origin: Origin | undefined,
  { origins }: AuditContext,
): { package: string; name: string } | undefined {
  let at = origin;
  for (let depth = 0; at?.kind === 'class' && depth < 20; depth++) at = origins.base(at.node);
  return at?.kind === 'export' && isClientType(at) ? at : undefined;
}

function callPlace(
  node: ts.CallExpression,
  context: AuditContext,
  shared: SharedConfigurations,
): Place | undefined {
  const { origins } = context;
  const callee = bare(node.expression);
  if (callee.kind === ts.SyntaxKind.SuperKeyword) {
    const around = classAround(node);
    return around && libraryPlace(node, origins.base(around), context, shared);
  }
  // A decorator that is called for another decorator to give it is one as well.
  const known = (['call', 'decorator'] as const)
    .map((by) => byMake(by, callee, node.arguments, node, context, shared))
    .find((place) => place !== undefined);
  if (known) return known;
  const plugin = isMember(callee, 'register') ? node.arguments[0] : undefined;
  const registered = plugin && byMake('registered', plugin, node.arguments, node, context, shared);
  if (registered) return registered;
  const called = origins.of(callee);
  const socket = socketTo(node, called, origins);
  if (socket) {
    return describe(node, {
      kind: 'socket',
      package: 'net',
      name: 'connect',
      confidence: socket,
      reason: 'it dials the port of Redis',
    });
  }
  if (isMember(callee, 'duplicate')) return duplicatePlace(node, callee, called);
  const [first] = node.arguments;
  if (first && ts.isPropertyAccessExpression(callee) && callee.getText() === 'Reflect.construct') {
    const made = instance(origins.of(first), true);
    if (made?.kind === 'instance' && made.of.kind === 'export' && isClientType(made.of)) {
      return describe(node, {
        kind: 'client',
        package: made.of.package,
        name: made.of.name,
        reason: 'it always opens a connection',
      });
    }
  }
  return undefined;
}

type Member = ts.PropertyAccessExpression | ts.ElementAccessExpression;

/** `client.duplicate`, `client['duplicate']`. */
function isMember(node: ts.Expression, name: string): node is Member {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === name;
  return (
    ts.isElementAccessExpression(node) &&
    ts.isStringLiteralLike(node.argumentExpression) &&
    node.argumentExpression.text === name
  );
}

function duplicatePlace(
  node: ts.CallExpression,
  callee: Member,
  called: Origin | undefined,
): Place | undefined {
  if (called?.kind === 'method' && called.of.kind === 'export' && isClientType(called.of)) {
    return describe(node, {
      kind: 'duplicate',
      package: called.of.package,
      name: 'duplicate',
      reason: 'that is one more connection',
    });
  }
  if (called !== undefined || !/redis|valkey/i.test(callee.expression.getText())) return undefined;
  return describe(node, {
    kind: 'duplicate',
    package: 'unknown',
    name: 'duplicate',
    confidence: 'guessed',
    reason: 'what it duplicates is a client by its name',
  });
}

function byMake(
  by: Make['by'],
  expression: ts.Expression,
  given: readonly ts.Expression[],
  node: ts.Node,
  context: AuditContext,
  shared: SharedConfigurations,
): Place | undefined {
  const origin = context.origins.of(expression);
  const make = matchMake(origin, by);
  return make && placeOf(make, origin, given, node, context, shared);
}

function placeOf(
  make: Make,
  origin: Origin | undefined,
  given: readonly ts.Expression[],
  node: ts.Node,
  context: AuditContext,
  shared: SharedConfigurations,
): Place | undefined {
  if (origin?.kind !== 'export') return undefined;
  const inherited = make.inherits === undefined ? undefined : shared.opening(make, origin.package);
  const { opens, confidence, reason } = openingOf(make, given, context.origins, inherited);
  if (opens === 'nothing') return undefined;
  return {
    ...describe(node, { kind: make.kind, package: origin.package, name: origin.name, confidence, reason }),
    opens,
    clients: opens === 'handed' ? 0 : make.perArgument ? Math.max(1, given.length) : 1,
  };
}

function describe(
  node: ts.Node,
  {
    kind,
    package: name,
    name: exported,
    confidence = 'certain',
    reason,
  }: Pick<Place, 'kind' | 'package' | 'name' | 'reason'> & Partial<Place>,
): Place {
  return {
    ...locate(node),
    kind,
    opens: 'own',
    package: name,
    name: exported || 'default',
    inside: nameAround(node),
    area: 'production',
    clients: 1,
    providedBy: [],
    perRequest: false,
    confidence,
    reason,
  };
}

export { describe as describePlace };
