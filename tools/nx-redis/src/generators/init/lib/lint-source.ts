import * as ts from 'typescript';

/** A lint configuration of either kind, as syntax. */
export function sourceOf(path: string, text: string): ts.SourceFile {
  if (path.endsWith('.json')) {
    const source = ts.parseJsonText(path, text);
    setParents(source);
    return source;
  }
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

/** What the parser of JSON leaves out. */
function setParents(node: ts.Node): void {
  ts.forEachChild(node, (child) => {
    (child as { parent: ts.Node }).parent = node;
    setParents(child);
  });
}

export function findList(source: ts.SourceFile, name: string): ts.ArrayLiteralExpression | undefined {
  const [property] = findProperties(source, name);
  return property && ts.isArrayLiteralExpression(property.initializer) ? property.initializer : undefined;
}

/** Every property of the name, in the order of the text. */
export function findProperties(source: ts.SourceFile, name: string): ts.PropertyAssignment[] {
  const found: ts.PropertyAssignment[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isPropertyAssignment(node) &&
      (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) &&
      node.name.text === name
    ) {
      found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Of `export default […]`, `module.exports = […]` and `export default defineConfig([…])`. */
export function exportedList(source: ts.SourceFile): ts.ArrayLiteralExpression | undefined {
  for (const statement of source.statements) {
    const exported = ts.isExportAssignment(statement)
      ? statement.expression
      : ts.isExpressionStatement(statement) &&
          ts.isBinaryExpression(statement.expression) &&
          statement.expression.left.getText(source) === 'module.exports'
        ? statement.expression.right
        : undefined;
    const list = exported && ts.isCallExpression(exported) ? exported.arguments[0] : exported;
    if (list && ts.isArrayLiteralExpression(list)) return list;
  }
  return undefined;
}
