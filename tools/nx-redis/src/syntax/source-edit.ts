import * as ts from 'typescript';

/** @throws Error when the text is no valid TypeScript: nothing can be edited safely then. */
export function parse(path: string, text: string): ts.SourceFile {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const { diagnostics = [] } = ts.transpileModule(text, { fileName: path, reportDiagnostics: true });
  const [first] = diagnostics;
  if (first) {
    throw new Error(
      `${path} does not parse (${ts.flattenDiagnosticMessageText(first.messageText, ' ')}): correct it first.`,
    );
  }
  return source;
}

/** Puts pieces of text into a text; everything else stays as it is, comments included. */
export function insert(text: string, pieces: { at: number; text: string }[]): string {
  return pieces
    .toReversed() // pieces for the same place keep their order
    .sort((a, b) => b.at - a.at)
    .reduce((edited, piece) => edited.slice(0, piece.at) + piece.text + edited.slice(piece.at), text);
}

/** The text with one more element at the end of an array, or one more property at the end of an object. */
export function append(
  source: ts.SourceFile,
  list: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression,
  addition: string,
): string {
  const members: ts.NodeArray<ts.Node> = ts.isArrayLiteralExpression(list) ? list.elements : list.properties;
  const last = members[members.length - 1];
  const comma = last && !members.hasTrailingComma ? [{ at: last.getEnd(), text: ',' }] : [];
  // Before the closing bracket, so that a comment behind the last member stays with that member.
  return insert(source.text, [...comma, { at: list.getEnd() - 1, text: ` ${addition}` }]);
}
