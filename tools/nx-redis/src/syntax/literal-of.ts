import * as ts from 'typescript';

/** The literal an expression stands for: itself, or that of a constant of the file it names. */
export function literalOf<T extends ts.Expression>(
  source: ts.SourceFile,
  expression: ts.Expression,
  isLiteral: (node: ts.Node) => node is T,
): T | undefined {
  const bare = withoutTypes(expression);
  if (isLiteral(bare)) return bare;
  if (!ts.isIdentifier(bare)) return undefined;
  const constant = source.statements
    .filter(ts.isVariableStatement)
    .filter(({ declarationList }) => (declarationList.flags & ts.NodeFlags.Const) !== 0)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => ts.isIdentifier(name) && name.text === bare.text);
  const value = constant?.initializer && withoutTypes(constant.initializer);
  return value && isLiteral(value) ? value : undefined;
}

/** `[…] as const` and `[…] satisfies Provider[]` are arrays too. */
function withoutTypes(expression: ts.Expression): ts.Expression {
  return ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isParenthesizedExpression(expression)
    ? withoutTypes(expression.expression)
    : expression;
}
