import * as ts from 'typescript';
import { append } from './append';
import { declares } from './declares';
import { makePlain } from './make-plain';
import { insert } from './source-edit';
import { samePath, specifierOf, styleOf } from './style-of';

export interface AddedImport {
  text: string;
  /** What the file calls it: its name, an alias that was there, or `namespace.Name`. */
  as: string;
}

/**
 * The text with `name` imported from `path`, unless it is already: by another name, through a namespace, or as a type,
 * which is then made a value.
 *
 * @param path without extension, relative to the file
 * @throws Error when the file uses the name for something else.
 */
export function addImport(source: ts.SourceFile, name: string, path: string): AddedImport {
  const imports = source.statements.filter(ts.isImportDeclaration);
  const same = imports.filter((statement) => samePath(specifierOf(statement) ?? '', path));
  for (const statement of same) {
    const found = foundIn(source, statement, name);
    if (found) return found;
  }
  refuseOtherUse(source, imports, name);

  const open = same.find(({ importClause }) => importClause && !isTypeOnly(importClause));
  const named = open?.importClause?.namedBindings;
  if (named && ts.isNamedImports(named)) return { text: append(source, named, name), as: name };

  const { quote, end, extension } = styleOf(source);
  const line = `import { ${name} } from ${quote(path + extension)}${end}`;
  const last = imports[imports.length - 1];
  const place = last
    ? { at: last.getEnd(), text: `\n${line}` }
    : { at: source.statements[0]?.getStart(source) ?? 0, text: `${line}\n` };
  return { text: insert(source.text, [place]), as: name };
}

function foundIn(
  source: ts.SourceFile,
  statement: ts.ImportDeclaration,
  name: string,
): AddedImport | undefined {
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  if (!clause || !bindings) return undefined;
  if (ts.isNamespaceImport(bindings)) {
    return isTypeOnly(clause) ? undefined : { text: source.text, as: `${bindings.name.text}.${name}` };
  }
  const element = bindings.elements.find((one) => (one.propertyName ?? one.name).text === name);
  if (!element) return undefined;
  const plain = !isTypeOnly(clause) && !element.isTypeOnly;
  return {
    text: plain ? source.text : makePlain(source, statement, bindings, element),
    as: element.name.text,
  };
}

function refuseOtherUse(source: ts.SourceFile, imports: ts.ImportDeclaration[], name: string): void {
  const taken = imports.find((statement) => bindsName(statement, name));
  if (taken) {
    throw new Error(
      `${source.fileName} imports ${name} from '${specifierOf(taken)}' already: choose another name.`,
    );
  }
  if (source.statements.some((statement) => declares(statement, name))) {
    throw new Error(`${source.fileName} declares ${name} itself: choose another name.`);
  }
}

function bindsName({ importClause }: ts.ImportDeclaration, name: string): boolean {
  const bindings = importClause?.namedBindings;
  const bound = bindings && (ts.isNamespaceImport(bindings) ? [bindings] : [...bindings.elements]);
  return importClause?.name?.text === name || (bound?.some((one) => one.name.text === name) ?? false);
}

function isTypeOnly({ phaseModifier }: ts.ImportClause): boolean {
  return phaseModifier === ts.SyntaxKind.TypeKeyword;
}
