import * as ts from 'typescript';
import type { EntityField, EntityShape } from './entity-shape';

type Declared = ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration | ts.EnumDeclaration;

const UNKNOWN: EntityShape = { kind: 'unknown' };
/** Types of which JSON makes something else, so that the cached value would not be what its type says. */
const NOT_JSON = /^(Date|Map|Set|WeakMap|WeakSet|Buffer|Uint8Array|ArrayBuffer|RegExp|Promise|Temporal\..*)$/;
const DEEPEST = 8;

/**
 * The shape of a type of this file, as far as the file tells it.
 *
 * @throws Error when JSON cannot hold what the type says
 */
export function shapeOfType(source: ts.SourceFile, name: string): EntityShape {
  const declared = declarationOf(source, name);
  return declared ? shapeOfDeclaration(source, declared, name, 0) : UNKNOWN;
}

function declarationOf(source: ts.SourceFile, name: string): Declared | undefined {
  return source.statements.find(
    (one): one is Declared =>
      (ts.isInterfaceDeclaration(one) ||
        ts.isTypeAliasDeclaration(one) ||
        ts.isClassDeclaration(one) ||
        ts.isEnumDeclaration(one)) &&
      one.name?.text === name,
  );
}

function shapeOfDeclaration(source: ts.SourceFile, node: Declared, path: string, depth: number): EntityShape {
  if (depth > DEEPEST || ts.isEnumDeclaration(node) || node.typeParameters) return UNKNOWN;
  if (ts.isTypeAliasDeclaration(node)) return shapeOf(source, node.type, path, depth + 1);
  if (node.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)) return UNKNOWN;
  return shapeOfMembers(source, node.members, path, depth);
}

function shapeOf(
  source: ts.SourceFile,
  node: ts.TypeNode | undefined,
  path: string,
  depth: number,
): EntityShape {
  if (!node || depth > DEEPEST) return UNKNOWN;
  const inner = (type: ts.TypeNode | undefined, where: string) => shapeOf(source, type, where, depth + 1);
  if (ts.isParenthesizedTypeNode(node)) return inner(node.type, path);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    return inner(node.type, path);
  if (ts.isArrayTypeNode(node)) return { kind: 'list', of: inner(node.elementType, `${path}[]`) };
  if (ts.isUnionTypeNode(node)) return { kind: 'either', of: node.types.map((type) => inner(type, path)) };
  if (ts.isTypeLiteralNode(node)) return shapeOfMembers(source, node.members, path, depth);
  if (ts.isLiteralTypeNode(node)) return shapeOfLiteral(node);
  if (ts.isFunctionTypeNode(node)) throw notJson(path, 'a function');
  if (ts.isTypeReferenceNode(node)) return shapeOfReference(source, node, path, depth);
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return { kind: 'text' };
    case ts.SyntaxKind.NumberKeyword:
      return { kind: 'number' };
    case ts.SyntaxKind.BooleanKeyword:
      return { kind: 'boolean' };
    case ts.SyntaxKind.BigIntKeyword:
      throw notJson(path, 'a bigint');
    case ts.SyntaxKind.SymbolKeyword:
      throw notJson(path, 'a symbol');
    default:
      return UNKNOWN;
  }
}

function shapeOfReference(
  source: ts.SourceFile,
  node: ts.TypeReferenceNode,
  path: string,
  depth: number,
): EntityShape {
  const name = node.typeName.getText(source);
  const declared = declarationOf(source, name);
  if (declared) return shapeOfDeclaration(source, declared, path, depth + 1);
  if (NOT_JSON.test(name)) throw notJson(path, `a ${name}`);
  const [first, second] = node.typeArguments ?? [];
  if (name === 'Array' || name === 'ReadonlyArray') {
    return { kind: 'list', of: shapeOf(source, first, `${path}[]`, depth + 1) };
  }
  if (name === 'Record' && first?.kind === ts.SyntaxKind.StringKeyword) {
    return { kind: 'record', of: shapeOf(source, second, `${path}[]`, depth + 1) };
  }
  return UNKNOWN;
}

function shapeOfMembers(
  source: ts.SourceFile,
  members: ts.NodeArray<ts.TypeElement | ts.ClassElement>,
  path: string,
  depth: number,
): EntityShape {
  const fields: EntityField[] = [];
  for (const member of members) {
    if (ts.isConstructorDeclaration(member)) continue;
    const name = member.name?.getText(source) ?? '';
    if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member) || ts.isAccessor(member)) {
      throw notJson(`${path}.${name}`, 'a method');
    }
    const isField = ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
    if (!isField || !member.name || !ts.isIdentifier(member.name)) return UNKNOWN;
    const shape = shapeOf(source, member.type, `${path}.${name}`, depth + 1);
    fields.push({ name, optional: member.questionToken !== undefined, shape });
  }
  return { kind: 'object', fields };
}

function shapeOfLiteral({ literal }: ts.LiteralTypeNode): EntityShape {
  if (literal.kind === ts.SyntaxKind.NullKeyword) return { kind: 'null' };
  return { kind: 'literal', text: literal.getText() };
}

function notJson(path: string, what: string): Error {
  return new Error(
    `${path} is ${what}, and comes back from Redis as something else: values are cached as JSON. Cache a type of ` +
      'plain fields (ISO strings in place of dates), or leave --entity out and fill in the one that is written.',
  );
}
