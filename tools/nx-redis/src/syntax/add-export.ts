import * as ts from 'typescript';
import { declares } from './declares';
import { makePlain } from './make-plain';
import { samePath, specifierOf, styleOf } from './style-of';

/**
 * The barrel's text with `export { name } from 'path'` at its end, unless the file exports it already; an export of
 * its type alone is made one of its value.
 *
 * @param path without extension, relative to the file
 * @throws Error when the barrel exports the name from elsewhere.
 */
export function addExport(source: ts.SourceFile, name: string, path: string): string {
  for (const statement of source.statements.filter(ts.isExportDeclaration)) {
    const { exportClause } = statement;
    const from = specifierOf(statement);
    const same = samePath(from ?? importedFrom(source, name) ?? '', path);
    if (!exportClause && same && !statement.isTypeOnly) return source.text;
    if (!exportClause || !ts.isNamedExports(exportClause)) continue;
    const element = exportClause.elements.find((one) => one.name.text === name);
    if (!element) continue;
    if (!same) throw another(source, name);
    return statement.isTypeOnly || element.isTypeOnly
      ? makePlain(source, statement, exportClause, element)
      : source.text;
  }
  if (source.statements.some((statement) => isExported(statement) && declares(statement, name))) {
    throw another(source, name);
  }
  const { quote, end, extension } = styleOf(source);
  const before = source.text === '' || source.text.endsWith('\n') ? source.text : `${source.text}\n`;
  return `${before}export { ${name} } from ${quote(path + extension)}${end}\n`;
}

/** Of `export { name }` without `from`: where its import comes from. */
function importedFrom(source: ts.SourceFile, name: string): string | undefined {
  const statement = source.statements.filter(ts.isImportDeclaration).find(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    return bindings && ts.isNamedImports(bindings) && bindings.elements.some((one) => one.name.text === name);
  });
  return statement && specifierOf(statement);
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false)
  );
}

function another(source: ts.SourceFile, name: string): Error {
  return new Error(`${source.fileName} exports another ${name} already: choose another name.`);
}
