import * as ts from 'typescript';

/** The literal an expression stands for: itself, or that of a constant of the file it names. */
export function literalOf<T extends ts.Expression>(
  source: ts.SourceFile,
  expression: ts.Expression,
  isLiteral: (node: ts.Node) => node is T,
): T | undefined {
  const bare = withoutTypes(expression);
  if (isLiteral(bare)) return bare;
  const value = constantOf(source, bare)?.initializer;
  const literal = value && withoutTypes(value);
  return literal && isLiteral(literal) ? literal : undefined;
}

/** The constant of the file that an expression names. */
export function constantOf(
  source: ts.SourceFile,
  expression: ts.Expression,
): ts.VariableDeclaration | undefined {
  const bare = withoutTypes(expression);
  if (!ts.isIdentifier(bare)) return undefined;
  return source.statements
    .filter(ts.isVariableStatement)
    .filter(({ declarationList }) => (declarationList.flags & ts.NodeFlags.Const) !== 0)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => ts.isIdentifier(name) && name.text === bare.text);
}

/** Whether a constant is used outside of these nodes: by other code of the file, or, exported, by other files. */
export function usedElsewhere(
  source: ts.SourceFile,
  constant: ts.VariableDeclaration,
  here: readonly ts.Node[],
): boolean {
  const name = constant.name.getText(source);
  const statement = constant.parent.parent;
  const exported =
    ts.isVariableStatement(statement) &&
    statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  const uses = (node: ts.Node): boolean => {
    if (here.includes(node) || node === constant.name) return false;
    if (ts.isIdentifier(node) && node.text === name) return true;
    return ts.forEachChild(node, uses) ?? false;
  };
  return exported === true || uses(source);
}

/** `[…] as const` and `[…] satisfies Provider[]` are arrays too. */
function withoutTypes(expression: ts.Expression): ts.Expression {
  return ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isParenthesizedExpression(expression)
    ? withoutTypes(expression.expression)
    : expression;
}
