import * as ts from 'typescript';
import { specifierOf } from './style-of';

/** What a file calls something that a package exports: `Module`, an alias of it, `nest.Module`. */
export function namesOfImport(source: ts.SourceFile, name: string, from: string): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements.filter(ts.isImportDeclaration)) {
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || specifierOf(statement) !== from) continue;
    if (ts.isNamespaceImport(bindings)) names.add(`${bindings.name.text}.${name}`);
    else {
      for (const element of bindings.elements) {
        if ((element.propertyName ?? element.name).text === name) names.add(element.name.text);
      }
    }
  }
  return names;
}
