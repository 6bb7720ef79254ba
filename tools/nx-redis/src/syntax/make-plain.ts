import * as ts from 'typescript';
import { insert } from './source-edit';
import type { Piece } from './source-edit';

type Clause = ts.NamedImports | ts.NamedExports;

/** The text in which one name of `import type { … }` or `export type { … }` is a value too; the others stay types. */
export function makePlain(
  source: ts.SourceFile,
  statement: ts.ImportDeclaration | ts.ExportDeclaration,
  clause: Clause,
  element: ts.ImportSpecifier | ts.ExportSpecifier,
): string {
  if (element.isTypeOnly) return insert(source.text, [withoutType(source, element)]);
  const others: Piece[] = [...clause.elements]
    .filter((one) => one !== element)
    .map((one) => ({ at: one.getStart(source), text: 'type ' }));
  return insert(source.text, [withoutType(source, statement), ...others]);
}

/** The word `type` in front of a name or a clause, and the space behind it, taken away. */
function withoutType(source: ts.SourceFile, node: ts.Node): Piece {
  const start = node.getStart(source);
  const [head = '', before = ''] = /^((?:import|export)?\s*)type\s+/.exec(source.text.slice(start)) ?? [];
  return { at: start + before.length, until: start + head.length, text: '' };
}
