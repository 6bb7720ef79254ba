import * as ts from 'typescript';
import { insert } from './source-edit';

type List = ts.ArrayLiteralExpression | ts.ObjectLiteralExpression | ts.NamedImports | ts.NamedExports;

/**
 * The text with one more member at the end of a list, laid out as the list is: on a line of its own when the others
 * have one, with a comma behind it when the last one has.
 */
export function append(source: ts.SourceFile, list: List, addition: string): string {
  const { text } = source;
  const members = membersOf(list);
  const last = members[members.length - 1];
  const close = list.getEnd() - 1;
  // Behind the comments that follow the last member: they stay with it.
  const end = close - (/\s*$/.exec(text.slice(list.getStart(source) + 1, close))?.[0].length ?? 0);
  const comma = last && !members.hasTrailingComma ? [{ at: last.getEnd(), text: ',' }] : [];

  if (text.slice(end, close).includes('\n')) {
    const indent = last ? indentOf(text, last.getStart(source)) : `${indentOf(text, close)}  `;
    const ending = !last || members.hasTrailingComma ? ',' : '';
    const lines = addition.replaceAll('\n', `\n${indent}`);
    return insert(text, [...comma, { at: end, text: `\n${indent}${lines}${ending}` }]);
  }
  if (last) return insert(text, [...comma, { at: end, text: ` ${addition}` }]);
  const [before, after] = ts.isArrayLiteralExpression(list) || text.slice(end, close) ? ['', ''] : [' ', ' '];
  return insert(text, [{ at: end, text: `${before}${addition}${after}` }]);
}

function membersOf(list: List): ts.NodeArray<ts.Node> {
  return ts.isObjectLiteralExpression(list) ? list.properties : list.elements;
}

/** White space with which the line of this place begins. */
function indentOf(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}
