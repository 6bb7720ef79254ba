import * as ts from 'typescript';
import { append } from './append';
import { findModuleMetadata } from './find-module-metadata';
import { findProperty } from './find-property';
import { constantOf, literalOf, usedElsewhere } from './literal-of';
import { insert } from './source-edit';

export type MetadataList = 'imports' | 'providers' | 'exports';

/**
 * The text of a Nest module with `entry` in a list of its `@Module()`, unless it is there. The list may be an array
 * (with spreads too), shorthand, a constant, or any other expression, which is then spread into a new array.
 *
 * @throws Error that says what to do when it cannot be sure that nothing gets lost.
 */
export function addToMetadata(source: ts.SourceFile, list: MetadataList, entry: string): string {
  const call = findModuleMetadata(source);
  const [argument] = call.arguments;
  if (!argument) {
    return insert(source.text, [{ at: call.getEnd() - 1, text: `{ ${list}: [${entry}] }` }]);
  }
  const metadata = literalOf(source, argument, ts.isObjectLiteralExpression);
  if (!metadata) throw byHand(source, list, entry, 'the argument of @Module() is no object of this file');

  const { property, spread, doubtful } = findProperty(source, metadata, list);
  if (doubtful) throw byHand(source, list, entry, 'a spread in the argument of @Module() may hold it');
  if (property && holds(source, property, entry)) return source.text;
  for (const constant of [constantOf(source, argument), spread]) {
    if (constant && usedElsewhere(source, constant, [call, metadata])) {
      throw byHand(source, list, entry, `${constant.name.getText(source)} is used elsewhere, too`);
    }
  }
  if (!property) return append(source, metadata, `${list}: [${entry}]`);
  if (ts.isShorthandPropertyAssignment(property)) {
    return addToValue(source, property.name, entry, [call, metadata], `${list}: `);
  }
  if (ts.isPropertyAssignment(property)) {
    return addToValue(source, property.initializer, entry, [call, metadata], '');
  }
  throw byHand(source, list, entry, `its ${list} are a method`);
}

function addToValue(
  source: ts.SourceFile,
  value: ts.Expression,
  entry: string,
  here: ts.Node[],
  name: string,
): string {
  const array = literalOf(source, value, ts.isArrayLiteralExpression);
  const constant = constantOf(source, value);
  if (array && !(constant && usedElsewhere(source, constant, [...here, constant]))) {
    return append(source, array, entry);
  }
  // It comes from elsewhere, or goes there too: this module has it, and one more.
  return insert(source.text, [
    { at: value.getStart(source), text: `${name}[...` },
    { at: value.getEnd(), text: `, ${entry}]` },
  ]);
}

function holds(source: ts.SourceFile, property: ts.ObjectLiteralElementLike, entry: string): boolean {
  if (ts.isShorthandPropertyAssignment(property)) return listHolds(source, property.name, entry);
  return ts.isPropertyAssignment(property) && listHolds(source, property.initializer, entry);
}

function listHolds(source: ts.SourceFile, list: ts.Expression, entry: string): boolean {
  const array = literalOf(source, list, ts.isArrayLiteralExpression);
  return (
    array?.elements.some((element) =>
      ts.isSpreadElement(element)
        ? listHolds(source, element.expression, entry)
        : isOf(source, element, entry),
    ) ?? false
  );
}

/** The class itself, or `{ provide: Class, … }`. */
function isOf(source: ts.SourceFile, element: ts.Expression, entry: string): boolean {
  if (!ts.isObjectLiteralExpression(element)) return element.getText(source) === entry;
  return element.properties.some(
    (property) =>
      ts.isPropertyAssignment(property) &&
      property.name.getText(source) === 'provide' &&
      property.initializer.getText(source) === entry,
  );
}

function byHand(source: ts.SourceFile, list: string, entry: string, why: string): Error {
  return new Error(
    `${source.fileName} cannot be edited: ${why}. Write ${list}: […] as an array in @Module() ` +
      `(or add ${entry} to it by hand), then run the generator again.`,
  );
}
