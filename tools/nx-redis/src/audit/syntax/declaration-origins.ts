import ts from 'typescript';
import type { Assignments } from './assignments';
import { bare, memberName } from './member-name';
import { notFresh, type Origin, type Origins } from './origin';
import { originOfEntity } from './type-origins';

export interface Declarations {
  origins: Origins;
  assignments(file: ts.SourceFile): Assignments;
  /** What Nest hands to a parameter of a provider's factory. */
  injected(parameter: ts.ParameterDeclaration): Origin | undefined;
}

/** What a declared name stands for. */
export function originOfDeclaration(node: ts.Declaration, context: Declarations): Origin | undefined {
  const { origins } = context;
  if (ts.isClassLike(node)) return { kind: 'class', node };
  if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node)) return { kind: 'function', node };
  if (ts.isInterfaceDeclaration(node)) return { kind: 'type', node };
  if (ts.isTypeAliasDeclaration(node)) return origins.ofType(node.type);
  if (ts.isVariableDeclaration(node)) return originOfVariable(node, context);
  if (ts.isBindingElement(node)) return originOfBinding(node, context);
  if (ts.isParameter(node)) return originOfParameter(node, context);
  return originOfImport(node, origins);
}

function originOfImport(node: ts.Declaration, origins: Origins): Origin | undefined {
  if (ts.isImportEqualsDeclaration(node)) {
    const { moduleReference } = node;
    if (!ts.isExternalModuleReference(moduleReference)) return originOfEntity(moduleReference, origins);
    return ts.isStringLiteral(moduleReference.expression)
      ? wholeModule(origins.module(node, moduleReference.expression.text), origins)
      : undefined;
  }
  const declaration = ts.findAncestor(node, ts.isImportDeclaration);
  if (!declaration || !ts.isStringLiteral(declaration.moduleSpecifier)) return undefined;
  const module = origins.module(node, declaration.moduleSpecifier.text);
  if (ts.isNamespaceImport(node)) return module;
  if (ts.isImportClause(node)) return origins.member(module, 'default') ?? wholeModule(module, origins);
  return ts.isImportSpecifier(node)
    ? origins.member(module, (node.propertyName ?? node.name).text)
    : undefined;
}

/** What `require()` gives. */
export function wholeModule(module: Origin, origins: Origins): Origin {
  return (module.kind === 'module' && origins.exported(module.node, 'export=')) || module;
}

function originOfVariable(node: ts.VariableDeclaration, context: Declarations): Origin | undefined {
  const { origins } = context;
  const isLocal = ts.findAncestor(node, ts.isFunctionLike) !== undefined;
  const written = node.initializer && origins.of(node.initializer);
  if (written && written.kind !== 'value') return isLocal ? written : notFresh(written);
  const later = assigned(node, context);
  if (later) return isLocal ? later : notFresh(later);
  return (node.type && origins.ofType(node.type)) ?? written;
}

/** `let client; … client = new Redis()`: of what is assigned to the name, rather what is made anew. */
function assigned(node: ts.VariableDeclaration, { origins, assignments }: Declarations): Origin | undefined {
  if (!ts.isIdentifier(node.name)) return undefined;
  const scope = ts.findAncestor(node, (one) => ts.isFunctionLike(one) || ts.isSourceFile(one));
  const found = (assignments(node.getSourceFile()).toName.get(node.name.text) ?? [])
    .filter(({ left }) => scope && left.pos >= scope.pos && left.end <= scope.end)
    .map((assignment) => origins.of(assignment))
    .filter((origin) => origin !== undefined && origin.kind !== 'value');
  return found.find((origin) => origin?.kind === 'instance' && origin.fresh) ?? found[0];
}

function originOfBinding(node: ts.BindingElement, context: Declarations): Origin | undefined {
  const holder = node.parent.parent;
  const name = memberName(node.propertyName ?? (ts.isIdentifier(node.name) ? node.name : undefined));
  if (name === undefined || ts.isArrayBindingPattern(node.parent)) return undefined;
  const { origins } = context;
  if (ts.isVariableDeclaration(holder)) {
    return holder.initializer && origins.member(origins.of(holder.initializer), name);
  }
  return origins.member(originOfDeclaration(holder, context), name);
}

function originOfParameter(node: ts.ParameterDeclaration, context: Declarations): Origin | undefined {
  const { origins } = context;
  const typed = node.type && origins.ofType(node.type);
  if (typed) return typed;
  const fromCaller = context.injected(node) ?? resolvedTo(node, origins);
  return fromCaller ?? (node.initializer && notFresh(origins.of(node.initializer)));
}

/** `import('ioredis').then(({ Redis }) => …)`. */
function resolvedTo(node: ts.ParameterDeclaration, origins: Origins): Origin | undefined {
  const call = node.parent.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== node.parent) return undefined;
  const callee = bare(call.expression);
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'then'
    ? origins.of(callee.expression)
    : undefined;
}
