import ts from 'typescript';
import type { Violation } from '../audit-result';
import { CLIENT_PACKAGES } from '../makes/known-clients';
import { areaOf } from '../places/areas';
import { type AuditContext, locate } from '../places/context';
import type { Origins } from '../syntax/origin';

/** `export { Redis } from 'ioredis'`, or `export { Redis }` of an import: who imports the file can make clients. */
export function findHandedOn(
  { sources, origins }: AuditContext,
  owners: readonly string[],
  exempt: readonly string[],
): Violation[] {
  return sources.files
    .filter(({ fileName }) => ['owner', 'production'].includes(areaOf(fileName, owners, exempt)))
    .flatMap((file) =>
      file.statements.filter(ts.isExportDeclaration).flatMap((node) => {
        const from = handedOn(node, origins);
        if (from === undefined) return [];
        const message = `what ${from} exports is handed on here: who imports it can make clients.`;
        return [
          { ...locate(node), rule: 'client-handed-on' as const, message, confidence: 'certain' as const },
        ];
      }),
    );
}

/** The package of clients whose values an `export` hands on, with `from` or by the name of an import. */
function handedOn(node: ts.ExportDeclaration, origins: Origins): string | undefined {
  const { moduleSpecifier, exportClause: clause, isTypeOnly } = node;
  if (isTypeOnly) return undefined;
  const values = clause && ts.isNamedExports(clause) ? clause.elements.filter((one) => !one.isTypeOnly) : [];
  if (clause && ts.isNamedExports(clause) && values.length === 0) return undefined;
  const found =
    moduleSpecifier && ts.isStringLiteral(moduleSpecifier)
      ? [origins.module(node, moduleSpecifier.text)]
      : values.map(({ propertyName, name }) => {
          const local = propertyName ?? name;
          return ts.isIdentifier(local) && !isTypeImport(local) ? origins.ofName(local) : undefined;
        });
  return found.flatMap((origin) =>
    origin?.kind === 'export' && CLIENT_PACKAGES.has(origin.package) ? [origin.package] : [],
  )[0];
}

/** Whether a name of a file is imported as a type. */
function isTypeImport(name: ts.Identifier): boolean {
  return name.getSourceFile().statements.some((statement) => {
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    const bindings = clause?.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const own = [clause, ...named].find((one) => one?.name?.text === name.text);
    return (
      own !== undefined && (clause?.isTypeOnly === true || (ts.isImportSpecifier(own) && own.isTypeOnly))
    );
  });
}
