import ts from 'typescript';
import type { AuditContext } from '../places/context';
import { bare } from '../syntax/member-name';

/** A value as a reader wants it: worked out when it is a number or a string, else as it is written, on one line. */
export function written(expression: ts.Expression, context: AuditContext): string {
  const number = numberOf(expression, context);
  if (number !== undefined) return String(number);
  const origin = context.origins.of(expression);
  const node = origin?.kind === 'value' ? bare(origin.node) : bare(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isObjectLiteralExpression(node)) {
    const parts = node.properties.map((property) =>
      ts.isPropertyAssignment(property)
        ? `${property.name.getText()}: ${written(property.initializer, context)}`
        : property.getText(),
    );
    return `{ ${parts.join(', ')} }`;
  }
  return node.getText().replace(/\s+/g, ' ');
}

/** `60_000`, `10 * MINUTE`. */
function numberOf(expression: ts.Expression, context: AuditContext, depth = 0): number | undefined {
  const node = bare(expression);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (depth > 10) return undefined;
  if (ts.isBinaryExpression(node)) {
    const left = numberOf(node.left, context, depth + 1);
    const right = numberOf(node.right, context, depth + 1);
    if (left === undefined || right === undefined) return undefined;
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.AsteriskToken:
        return left * right;
      case ts.SyntaxKind.PlusToken:
        return left + right;
      case ts.SyntaxKind.MinusToken:
        return left - right;
      case ts.SyntaxKind.SlashToken:
        return left / right;
      default:
        return undefined;
    }
  }
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
  const origin = context.origins.of(node);
  return origin?.kind === 'value' && origin.node !== node
    ? numberOf(origin.node, context, depth + 1)
    : undefined;
}
