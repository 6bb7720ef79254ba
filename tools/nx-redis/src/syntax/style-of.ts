import * as ts from 'typescript';

/** How a file writes its imports and exports, so that a new one looks like the others. */
export interface Style {
  quote: (specifier: string) => string;
  /** `;`, or nothing. */
  end: string;
  /** What a relative path ends with: nothing, or `.js` as ECMAScript modules want it. */
  extension: string;
}

export function styleOf(source: ts.SourceFile): Style {
  const statements = source.statements.filter(
    (one): one is ts.ImportDeclaration | ts.ExportDeclaration =>
      (ts.isImportDeclaration(one) || ts.isExportDeclaration(one)) && one.moduleSpecifier !== undefined,
  );
  const specifiers = statements.map((one) => one.moduleSpecifier?.getText(source) ?? '');
  const double = specifiers.length > 0 && specifiers.every((text) => text.startsWith('"'));
  const bare = statements.length > 0 && statements.every((one) => !one.getText(source).endsWith(';'));
  return {
    quote: (specifier) => (double ? `"${specifier}"` : `'${specifier}'`),
    end: bare ? '' : ';',
    extension: specifiers.some((text) => /^.\.\.?\/.*\.js.$/.test(text)) ? '.js' : '',
  };
}

/** Whether two specifiers name the same file. */
export function samePath(one: string, other: string): boolean {
  const bare = (path: string) => path.replace(/\.[cm]?[jt]s$/, '');
  return bare(one) === bare(other);
}

/** The text of the module specifier; undefined when the statement has none. */
export function specifierOf({
  moduleSpecifier,
}: ts.ImportDeclaration | ts.ExportDeclaration): string | undefined {
  return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
}
