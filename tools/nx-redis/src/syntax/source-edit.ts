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

/** A piece of text to put in at a place; with `until`, in place of what stands up to there. */
export interface Piece {
  at: number;
  text: string;
  until?: number;
}

/** Puts pieces of text into a text; everything else stays as it is, comments included. */
export function insert(text: string, pieces: Piece[]): string {
  return pieces
    .toReversed() // pieces for the same place keep their order
    .sort((a, b) => b.at - a.at)
    .reduce(
      (edited, { at, text: piece, until = at }) => edited.slice(0, at) + piece + edited.slice(until),
      text,
    );
}
