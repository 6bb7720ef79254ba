import * as ts from 'typescript';

/**
 * The barrel's text with `export { name } from 'path'` at its end, unless the file exports it already.
 *
 * @throws Error when the barrel exports the name from elsewhere.
 */
export function addExport(source: ts.SourceFile, name: string, path: string): string {
  for (const statement of source.statements.filter(ts.isExportDeclaration)) {
    const { moduleSpecifier, exportClause } = statement;
    const from = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
    if (!exportClause && from === path && !statement.isTypeOnly) return source.text;
    if (!exportClause || !ts.isNamedExports(exportClause)) continue;
    const element = exportClause.elements.find((one) => one.name.text === name);
    if (!element) continue;
    if (from !== path) {
      throw new Error(
        `${source.fileName} exports another ${name} already: choose another name for the cache.`,
      );
    }
    if (statement.isTypeOnly || element.isTypeOnly) {
      throw new Error(`${source.fileName} exports ${name} as a type only: make it a plain export.`);
    }
    return source.text;
  }
  const before = source.text === '' || source.text.endsWith('\n') ? source.text : `${source.text}\n`;
  return `${before}export { ${name} } from '${path}';\n`;
}
