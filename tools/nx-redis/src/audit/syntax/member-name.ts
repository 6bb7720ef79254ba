import ts from 'typescript';

/** The name of a property, when it is written down: `a`, `'a'`, `['a']`, `#a`. */
export function memberName(name: ts.PropertyName | ts.Expression | undefined): string | undefined {
  if (!name) return undefined;
  if (ts.isComputedPropertyName(name)) return memberName(name.expression);
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  return undefined;
}

/** The value of a property of an object literal. */
export function propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of object.properties) {
    if (memberName(property.name) !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** A method, or a property that is a function. */
export function functionOf(
  object: ts.ObjectLiteralExpression,
  name: string,
): ts.FunctionLikeDeclaration | undefined {
  for (const property of object.properties) {
    if (memberName(property.name) !== name) continue;
    if (ts.isMethodDeclaration(property)) return property;
    if (!ts.isPropertyAssignment(property)) continue;
    const value = bare(property.initializer);
    if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return value;
  }
  return undefined;
}

/** Without parentheses, casts, `!`, `satisfies` and `await`. */
export function bare(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isTypeAssertionExpression(expression) ||
    ts.isNonNullExpression(expression) ||
    ts.isAwaitExpression(expression)
    ? bare(expression.expression)
    : expression;
}
