import ts from 'typescript';
import { instance, notFresh, type Origin, type Origins } from './origin';

/** Types that stand for their first argument, as far as an origin goes. */
const TRANSPARENT = new Set([
  'Promise',
  'PromiseLike',
  'Awaited',
  'Readonly',
  'Partial',
  'Required',
  'NonNullable',
]);
const TRANSPARENT_TOO = new Set(['Omit', 'Pick', 'Mutable', 'DeepPartial', 'Provider', 'Observable']);

/** What a value of a type is an instance of. */
export function originOfType(type: ts.TypeNode, origins: Origins): Origin | undefined {
  if (ts.isParenthesizedTypeNode(type) || ts.isTypeOperatorNode(type)) return origins.ofType(type.type);
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) {
    return type.types.map((one) => origins.ofType(one)).find((one) => one !== undefined);
  }
  // A list of clients is as good as a client for whoever is handed it.
  if (ts.isArrayTypeNode(type)) return origins.ofType(type.elementType);
  if (ts.isTypeLiteralNode(type)) return { kind: 'instance', of: { kind: 'type', node: type }, fresh: false };
  if (ts.isFunctionTypeNode(type)) return { kind: 'function', node: type };
  if (ts.isTypeQueryNode(type)) return originOfEntity(type.exprName, origins);
  if (ts.isImportTypeNode(type)) return originOfImportType(type, origins);
  return ts.isTypeReferenceNode(type) ? originOfReference(type, origins) : undefined;
}

function originOfReference(type: ts.TypeReferenceNode, origins: Origins): Origin | undefined {
  const named = originOfEntity(type.typeName, origins);
  if (named) return named.kind === 'instance' || named.kind === 'function' ? named : instance(named, false);
  const [argument] = type.typeArguments ?? [];
  if (!argument || !ts.isIdentifier(type.typeName)) return undefined;
  const { text } = type.typeName;
  if (TRANSPARENT.has(text) || TRANSPARENT_TOO.has(text)) return origins.ofType(argument);
  const inner = origins.ofType(argument);
  if (text === 'InstanceType') return instance(inner, false);
  if (text !== 'ReturnType') return undefined;
  if (inner?.kind === 'function') return notFresh(origins.returned(inner.node));
  return inner?.kind === 'export' ? instance(inner, false) : undefined;
}

export function originOfEntity(name: ts.EntityName, origins: Origins): Origin | undefined {
  return ts.isIdentifier(name)
    ? origins.ofName(name)
    : origins.member(originOfEntity(name.left, origins), name.right.text);
}

/** `import('ioredis').Redis`, `typeof import('ioredis')`. */
function originOfImportType(type: ts.ImportTypeNode, origins: Origins): Origin | undefined {
  if (!ts.isLiteralTypeNode(type.argument) || !ts.isStringLiteral(type.argument.literal)) return undefined;
  let origin: Origin | undefined = origins.module(type, type.argument.literal.text);
  const names = (name: ts.EntityName | undefined): string[] =>
    !name ? [] : ts.isIdentifier(name) ? [name.text] : [...names(name.left), name.right.text];
  for (const name of names(type.qualifier)) origin = origins.member(origin, name);
  return type.isTypeOf ? origin : instance(origin, false);
}
