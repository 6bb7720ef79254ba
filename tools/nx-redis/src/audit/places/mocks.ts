import ts from 'typescript';
import { nodesOf } from '../syntax/nodes-of';

/** Packages that a file replaces for its tests: what is made of them there is no client. */
export function mockedPackages(file: ts.SourceFile): Set<string> {
  const mocked = new Set<string>();
  if (!/\b(jest|vi)\b/.test(file.text)) return mocked;
  for (const node of nodesOf(file)) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const { expression, name } = node.expression;
    const [specifier] = node.arguments;
    if (!/^(jest|vi)$/.test(expression.getText()) || !/^(do)?[mM]ock$|^unstable_mockModule$/.test(name.text))
      continue;
    if (specifier && ts.isStringLiteralLike(specifier)) mocked.add(specifier.text);
  }
  return mocked;
}
