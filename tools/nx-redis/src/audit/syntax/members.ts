import ts from 'typescript';
import type { Assignments } from './assignments';
import { memberName, propertyOf } from './member-name';
import { type InstanceOf, notFresh, type Origin, type Origins } from './origin';

export interface Members {
  origins: Origins;
  assignments(file: ts.SourceFile): Assignments;
}

/** What a member of something is. */
export function memberOf(origin: Origin | undefined, name: string, context: Members): Origin | undefined {
  const { origins } = context;
  switch (origin?.kind) {
    case 'export':
      return name === 'default' ? origin : { ...origin, name: origin.name ? `${origin.name}.${name}` : name };
    case 'module':
      return origins.exported(origin.node, name);
    case 'class':
      return classMember(origin.node, name, true, context);
    case 'instance':
      return name === 'constructor' ? origin.of : instanceMember(origin.of, name, context);
    case 'value': {
      if (!ts.isObjectLiteralExpression(origin.node)) return undefined;
      const value = propertyOf(origin.node, name);
      if (value) return notFresh(origins.of(value));
      const method = origin.node.properties.find((one) => memberName(one.name) === name);
      return method && ts.isMethodDeclaration(method) ? { kind: 'function', node: method } : undefined;
    }
    default:
      return undefined;
  }
}

/** Interfaces extend one another no deeper; a circle of them ends here. */
const DEEPEST = 20;

function instanceMember(of: InstanceOf, name: string, context: Members, depth = 0): Origin | undefined {
  if (of.kind === 'export') return { kind: 'method', of, name };
  if (of.kind === 'class') return classMember(of.node, name, false, context);
  const members = of.node.members;
  const member = members.find((one) => memberName(one.name) === name);
  if (member && ts.isPropertySignature(member) && member.type) return context.origins.ofType(member.type);
  if (member && ts.isMethodSignature(member)) return { kind: 'function', node: member };
  if (!ts.isInterfaceDeclaration(of.node) || depth > DEEPEST) return undefined;
  for (const { types } of of.node.heritageClauses ?? []) {
    for (const { expression } of types) {
      const base = ts.isIdentifier(expression) ? context.origins.ofName(expression) : undefined;
      const found =
        base &&
        (base.kind === 'type' || base.kind === 'export') &&
        instanceMember(base, name, context, depth + 1);
      if (found) return found;
    }
  }
  return undefined;
}

function classMember(
  node: ts.ClassLikeDeclaration,
  name: string,
  isStatic: boolean,
  context: Members,
): Origin | undefined {
  const { origins } = context;
  for (const member of node.members) {
    if (memberName(member.name) === name && hasStatic(member) === isStatic) {
      if (ts.isMethodDeclaration(member)) return { kind: 'function', node: member };
      if (ts.isGetAccessorDeclaration(member)) return notFresh(origins.returned(member));
      if (ts.isPropertyDeclaration(member)) return propertyOrigin(node, member, name, context);
    }
    if (!isStatic && ts.isConstructorDeclaration(member)) {
      const parameter = member.parameters.find(
        (one) =>
          ts.isParameterPropertyDeclaration(one, member) && memberName(one.name as ts.Identifier) === name,
      );
      if (parameter) return origins.ofName(parameter.name as ts.Identifier);
    }
  }
  const assigned = assignedTo(node, name, context);
  if (assigned) return assigned;
  const base = origins.base(node);
  if (base?.kind === 'class') return classMember(base.node, name, isStatic, context);
  return base?.kind === 'export' ? { kind: 'method', of: base, name } : undefined;
}

function propertyOrigin(
  node: ts.ClassLikeDeclaration,
  member: ts.PropertyDeclaration,
  name: string,
  context: Members,
): Origin | undefined {
  const { origins } = context;
  const written = member.initializer && origins.of(member.initializer);
  if (written && written.kind !== 'value') return notFresh(written);
  return (member.type && origins.ofType(member.type)) ?? assignedTo(node, name, context) ?? written;
}

function assignedTo(node: ts.ClassLikeDeclaration, name: string, context: Members): Origin | undefined {
  const values = context.assignments(node.getSourceFile()).toMember.get(node)?.get(name) ?? [];
  for (const value of values) {
    const origin = context.origins.of(value);
    if (origin && origin.kind !== 'value') return notFresh(origin);
  }
  return undefined;
}

function hasStatic(member: ts.ClassElement): boolean {
  return (
    ts.canHaveModifiers(member) &&
    (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
  );
}
