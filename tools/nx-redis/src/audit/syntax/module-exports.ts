import ts from 'typescript';
import type { Origin, Origins } from './origin';

type Thunk = () => Origin | undefined;

export interface ModuleExports {
  named: Map<string, Thunk>;
  /** `export * from` these. */
  stars: string[];
}

/** What a file exports, by ES modules and by CommonJS; `export=` is the name of `module.exports = …`. */
export function exportsOf(file: ts.SourceFile, origins: Origins): ModuleExports {
  const found: ModuleExports = { named: new Map(), stars: [] };
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) addExportDeclaration(statement, origins, found);
    else if (ts.isExportAssignment(statement)) {
      found.named.set(statement.isExportEquals ? 'export=' : 'default', () =>
        origins.of(statement.expression),
      );
    } else if (ts.isExpressionStatement(statement)) addCommonJs(statement.expression, origins, found);
    else if (ts.canHaveModifiers(statement)) addDeclaration(statement, origins, found);
  }
  return found;
}

function addExportDeclaration(
  node: ts.ExportDeclaration,
  origins: Origins,
  { named, stars }: ModuleExports,
): void {
  const from =
    node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  const clause = node.exportClause;
  if (!clause) {
    if (from !== undefined) stars.push(from);
  } else if (ts.isNamespaceExport(clause)) {
    if (from !== undefined) named.set(clause.name.text, () => origins.module(node, from));
  } else {
    for (const element of clause.elements) {
      const local = element.propertyName ?? element.name;
      named.set(element.name.text, () =>
        from !== undefined
          ? origins.member(origins.module(node, from), local.text)
          : ts.isIdentifier(local)
            ? origins.ofName(local)
            : undefined,
      );
    }
  }
}

/** `module.exports = x`, `exports.a = x`, `module.exports.a = x`. */
function addCommonJs(expression: ts.Expression, origins: Origins, { named }: ModuleExports): void {
  if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
    return;
  const target = expression.left.getText();
  const value = () => origins.of(expression.right);
  if (target === 'module.exports') named.set('export=', value);
  const name = /^(?:module\.)?exports\.(\w+)$/.exec(target)?.[1];
  if (name !== undefined) named.set(name, value);
}

function addDeclaration(
  node: ts.Statement & ts.HasModifiers,
  origins: Origins,
  { named }: ModuleExports,
): void {
  const words = (ts.getModifiers(node) ?? []).map(({ kind }) => kind);
  if (!words.includes(ts.SyntaxKind.ExportKeyword)) return;
  if (ts.isVariableStatement(node)) {
    for (const name of node.declarationList.declarations.flatMap(({ name }) => namesOf(name))) {
      named.set(name.text, () => origins.ofName(name));
    }
    return;
  }
  const isDefault = words.includes(ts.SyntaxKind.DefaultKeyword);
  if (ts.isClassDeclaration(node)) {
    named.set(isDefault ? 'default' : (node.name?.text ?? ''), () => ({ kind: 'class', node }));
  } else if (ts.isFunctionDeclaration(node)) {
    named.set(isDefault ? 'default' : (node.name?.text ?? ''), () => ({ kind: 'function', node }));
  } else if (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node)
  ) {
    named.set(isDefault ? 'default' : node.name.text, () => origins.ofName(node.name));
  }
}

/** All names that a declaration declares, also by destructuring. */
export function namesOf(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
}

export function exportedFrom(
  { named, stars }: ModuleExports,
  name: string,
  file: ts.SourceFile,
  origins: Origins,
  prefer: (packageName: string, name: string) => boolean,
): Origin | undefined {
  const own = named.get(name);
  if (own) return own();
  const whole = named.get('export=');
  if (whole) return name === 'default' ? whole() : origins.member(whole(), name);
  let unknown: Origin | undefined;
  for (const specifier of stars) {
    const found = origins.member(origins.module(file, specifier), name);
    if (found?.kind !== 'export') {
      if (found) return found;
    } else if (prefer(found.package, found.name)) return found;
    else unknown ??= found;
  }
  return unknown;
}
