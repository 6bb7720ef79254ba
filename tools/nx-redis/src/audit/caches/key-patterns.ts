import ts from 'typescript';
import type { AuditContext } from '../places/context';
import { nodesOf } from '../syntax/nodes-of';
import { bare } from '../syntax/member-name';

const BY_ID = new Set(['get', 'getOrSet', 'set', 'delete', 'getMany', 'getOrSetMany']);

/** `cache:<name>:…`, for each shape of id that the class uses with the cache. */
export function keysOf(call: ts.CallExpression, cache: string, context: AuditContext): string[] {
  const member = memberFor(call);
  const around = ts.findAncestor(call, ts.isClassLike);
  const ids = new Set<string>();
  if (member !== undefined && around) {
    for (const node of nodesOf(around)) {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
      const { expression, name } = node.expression;
      const [id] = node.arguments;
      if (!id || !BY_ID.has(name.text) || expression.getText() !== `this.${member}`) continue;
      ids.add(shapeOf(id, context));
    }
  }
  // `<id>` says least: only when nothing else is known.
  const known = [...ids].filter((shape) => shape !== '<id>');
  return (known.length > 0 ? known : ['<id>']).sort().map((shape) => `cache:${cache}:${shape}`);
}

/** The member of `this` that the cache is kept in. */
function memberFor(call: ts.CallExpression): string | undefined {
  const { parent } = call;
  if (ts.isPropertyDeclaration(parent)) return parent.name.getText();
  if (!ts.isBinaryExpression(parent) || !ts.isPropertyAccessExpression(parent.left)) return undefined;
  return parent.left.expression.kind === ts.SyntaxKind.ThisKeyword ? parent.left.name.text : undefined;
}

/** A template with its holes named; an id that is computed elsewhere is looked up one call deep. */
function shapeOf(id: ts.Expression, context: AuditContext, depth = 0): string {
  const node = bare(id);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce(
      (text, span) => `${text}<${lastName(span.expression)}>${span.literal.text}`,
      node.head.text,
    );
  }
  if (ts.isCallExpression(node) && depth < 3) {
    const called = context.origins.of(node.expression);
    const given = called?.kind === 'function' ? returnedBy(called.node) : undefined;
    if (given) return shapeOf(given, context, depth + 1);
    const joined = joinedParts(node);
    if (joined) return joined;
  }
  return '<id>';
}

function returnedBy(node: ts.SignatureDeclaration): ts.Expression | undefined {
  const body = 'body' in node ? (node.body as ts.ConciseBody | undefined) : undefined;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return body;
  const last = body.statements.at(-1);
  return last && ts.isReturnStatement(last) ? last.expression : undefined;
}

/** `[a, b].join(':')`. */
function joinedParts(node: ts.CallExpression): string | undefined {
  const callee = node.expression;
  const [separator] = node.arguments;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'join') return undefined;
  if (!ts.isArrayLiteralExpression(callee.expression) || !separator || !ts.isStringLiteralLike(separator))
    return undefined;
  return callee.expression.elements.map((element) => `<${lastName(element)}>`).join(separator.text);
}

function lastName(expression: ts.Expression): string {
  const node = bare(expression);
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isBinaryExpression(node)) return lastName(node.left);
  return ts.isCallExpression(node)
    ? lastName(
        node.expression instanceof Object && ts.isPropertyAccessExpression(node.expression)
          ? node.expression.expression
          : node.expression,
      )
    : 'id';
}
