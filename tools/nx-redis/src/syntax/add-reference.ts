import * as ts from 'typescript';
import { append } from './append';

/** The text of a tsconfig with a project reference more, unless it is there. Comments stay. */
export function addReference(path: string, text: string, reference: string): string {
  const source = ts.parseJsonText(path, text);
  const root = source.statements[0]?.expression;
  if (!root || !ts.isObjectLiteralExpression(root)) throw new Error(`${path} is no tsconfig.`);
  const entry = JSON.stringify({ path: reference });
  const references = root.properties
    .filter(ts.isPropertyAssignment)
    .find(({ name }) => ts.isStringLiteral(name) && name.text === 'references');
  if (!references) return append(source, root, `"references": [${entry}]`);
  if (!ts.isArrayLiteralExpression(references.initializer))
    throw new Error(`${path}: references is no array.`);
  const present = references.initializer.elements.some(
    (element) =>
      ts.isObjectLiteralExpression(element) &&
      element.properties.some(
        (property) =>
          ts.isPropertyAssignment(property) &&
          ts.isStringLiteral(property.initializer) &&
          property.initializer.text === reference,
      ),
  );
  return present ? text : append(source, references.initializer, entry);
}
