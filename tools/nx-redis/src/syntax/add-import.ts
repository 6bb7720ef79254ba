import * as ts from 'typescript';
import { insert } from './source-edit';

/**
 * The text with `import { name } from 'path'` after the last import, unless it is there.
 *
 * @throws Error when the file uses the name for something else.
 */
export function addImport(source: ts.SourceFile, name: string, path: string): string {
  const imports = source.statements.filter(ts.isImportDeclaration);
  for (const statement of imports) {
    const binding = bindingOf(statement, name);
    if (!binding) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (from === path && !binding.typeOnly) return source.text;
    throw new Error(
      from === path
        ? `${source.fileName} imports ${name} as a type only: make it a plain import.`
        : `${source.fileName} imports ${name} from '${from}' already: choose another name for the cache.`,
    );
  }
  if (source.statements.some((statement) => declares(statement, name))) {
    throw new Error(`${source.fileName} declares ${name} itself: choose another name for the cache.`);
  }
  const text = `import { ${name} } from '${path}';`;
  const last = imports[imports.length - 1];
  if (last) return insert(source.text, [{ at: last.getEnd(), text: `\n${text}` }]);
  const start = source.statements[0]?.getStart(source) ?? 0;
  return insert(source.text, [{ at: start, text: `${text}\n` }]);
}

function bindingOf({ importClause }: ts.ImportDeclaration, name: string): { typeOnly: boolean } | undefined {
  if (!importClause) return undefined;
  const clauseIsType = importClause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  if (importClause.name?.text === name) return { typeOnly: clauseIsType };
  const { namedBindings } = importClause;
  if (!namedBindings) return undefined;
  if (ts.isNamespaceImport(namedBindings)) {
    return namedBindings.name.text === name ? { typeOnly: clauseIsType } : undefined;
  }
  const element = namedBindings.elements.find((one) => one.name.text === name);
  return element && { typeOnly: clauseIsType || element.isTypeOnly };
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some(
      (one) => ts.isIdentifier(one.name) && one.name.text === name,
    );
  }
  return (
    (ts.isClassDeclaration(statement) ||
      ts.isFunctionDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement)) &&
    statement.name?.text === name
  );
}
