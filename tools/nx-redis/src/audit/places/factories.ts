import ts from 'typescript';
import { bare } from '../syntax/member-name';
import type { AuditContext } from './context';
import { nodesOf } from '../syntax/nodes-of';
import { describePlace, type FoundPlace } from './find-places';
import { mockedPackages } from './mocks';

/** Functions of functions of functions: nobody makes clients deeper than that. */
const DEEPEST = 6;

/**
 * Adds the calls of functions of the repository that give a client made for the caller. The clients are counted at the
 * calls then, and no longer inside of the function.
 */
export function addFactoryCalls(
  found: FoundPlace[],
  context: AuditContext,
  files: readonly ts.SourceFile[],
): void {
  const calls = callsOf(context, files);
  let made = found.filter(({ place }) => place.opens !== 'handed');
  for (let depth = 0; made.length > 0 && depth < DEEPEST; depth++) {
    const next: FoundPlace[] = [];
    for (const [factory, inner] of factoriesAround(made, context)) {
      const callers = (calls.get(factory) ?? []).filter(
        (node) => !found.some((one) => one.node === node) && !isMocked(node, inner),
      );
      if (callers.length === 0) continue;
      for (const { place } of inner) place.clients = 0;
      next.push(...callers.map((node) => callOf(node, factory, inner)));
    }
    found.push(...next);
    made = next;
  }
}

function callOf(node: ts.Node, factory: ts.SignatureDeclaration, inner: FoundPlace[]): FoundPlace {
  const [first] = inner;
  const name = factory.name?.getText() ?? nameOfVariable(factory);
  return {
    node,
    place: describePlace(node, {
      kind: 'factory',
      package: first?.place.package ?? '',
      name,
      confidence: first?.place.confidence ?? 'certain',
      reason: `${name}() makes a client for its caller`,
    }),
  };
}

/** In a file that mocks the package, the function makes nothing. */
function isMocked(node: ts.Node, inner: readonly FoundPlace[]): boolean {
  const mocked = mockedPackages(node.getSourceFile());
  return inner.some(({ place }) => mocked.has(place.package));
}

function nameOfVariable(node: ts.Node): string {
  const { parent } = node;
  return ts.isVariableDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : 'a function';
}

/** The functions that give what is made in them, anew for each call. */
function factoriesAround(
  made: readonly FoundPlace[],
  { origins }: AuditContext,
): Map<ts.SignatureDeclaration, FoundPlace[]> {
  const factories = new Map<ts.SignatureDeclaration, FoundPlace[]>();
  for (const one of made) {
    const factory = ts.findAncestor(one.node, ts.isFunctionLike);
    if (!factory || ts.isConstructorDeclaration(factory)) continue;
    const given = origins.returned(factory);
    if (given?.kind !== 'instance' || !given.fresh) continue;
    if (given.of.kind === 'export' && given.of.package !== one.place.package) continue;
    factories.set(factory, [...(factories.get(factory) ?? []), one]);
  }
  return factories;
}

/** Calls and decorators, by the function of the repository they call. */
function callsOf(
  { origins }: AuditContext,
  files: readonly ts.SourceFile[],
): Map<ts.SignatureDeclaration, ts.Node[]> {
  const calls = new Map<ts.SignatureDeclaration, ts.Node[]>();
  for (const file of files) {
    for (const node of nodesOf(file)) {
      if (!ts.isCallExpression(node)) continue;
      const called = origins.of(bare(node.expression));
      if (called?.kind !== 'function') continue;
      calls.set(called.node, [...(calls.get(called.node) ?? []), node]);
    }
  }
  return calls;
}
