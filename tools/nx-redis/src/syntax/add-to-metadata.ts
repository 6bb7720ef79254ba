import * as ts from 'typescript';
import { findModuleMetadata } from './find-module-metadata';
import { append, insert } from './source-edit';
import { literalOf } from './literal-of';

/**
 * The text of a Nest module with `className` in `providers` or `exports` of its `@Module()`, unless it is there.
 * The list may be an array (with spreads too), shorthand, or a constant of the file.
 *
 * @throws Error that says what to do when it cannot be sure that nothing gets lost.
 */
export function addToMetadata(
  source: ts.SourceFile,
  list: 'providers' | 'exports',
  className: string,
): string {
  const call = findModuleMetadata(source);
  const [argument] = call.arguments;
  if (!argument) {
    return insert(source.text, [{ at: call.getEnd() - 1, text: `{ ${list}: [${className}] }` }]);
  }
  const metadata = literalOf(source, argument, ts.isObjectLiteralExpression);
  if (!metadata) throw byHand(source, list, className, 'the argument of @Module() is no object of this file');

  const index = metadata.properties.findIndex(
    ({ name }) =>
      name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) && name.text === list,
  );
  if (metadata.properties.some((property, at) => ts.isSpreadAssignment(property) && at > index)) {
    throw byHand(source, list, className, 'a spread in the argument of @Module() may hold it');
  }
  const property = metadata.properties[index];
  if (!property) return append(source, metadata, `${list}: [${className}]`);

  const value = ts.isPropertyAssignment(property)
    ? property.initializer
    : ts.isShorthandPropertyAssignment(property)
      ? property.name
      : undefined;
  const array = value && literalOf(source, value, ts.isArrayLiteralExpression);
  if (!array) throw byHand(source, list, className, `its ${list} are no array of this file`);
  return array.elements.some((element) => isOf(element, className))
    ? source.text
    : append(source, array, className);
}

/** The class itself, or `{ provide: Class, … }`. */
function isOf(element: ts.Expression, className: string): boolean {
  if (ts.isIdentifier(element)) return element.text === className;
  return (
    ts.isObjectLiteralExpression(element) &&
    element.properties.some(
      (property) =>
        ts.isPropertyAssignment(property) &&
        property.name.getText() === 'provide' &&
        property.initializer.getText() === className,
    )
  );
}

function byHand(source: ts.SourceFile, list: string, className: string, why: string): Error {
  return new Error(
    `${source.fileName} cannot be edited: ${why}. Write ${list}: […] as an array in @Module() ` +
      `(or add ${className} to it by hand), then run the generator again.`,
  );
}
