import ts from 'typescript';
import type { Location } from '../audit-result';
import type { Origins } from '../syntax/origin';
import type { SourceSet } from '../syntax/source-set';

export interface AuditContext {
  sources: SourceSet;
  origins: Origins;
}

export function locate(node: ts.Node): Location {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { file: file.fileName, line: line + 1, column: character + 1 };
}

/** `Class.method`, `function`, or the constant; '' at the top of a file. */
export function nameAround(node: ts.Node): string {
  const names: string[] = [];
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isClassLike(at)) return [at.name?.text ?? 'class', ...names].join('.');
    if ((ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) && at.name)
      names.unshift(at.name.getText());
    else if (ts.isConstructorDeclaration(at)) names.unshift('constructor');
    else if (
      ts.isVariableDeclaration(at) &&
      ts.isSourceFile(at.parent.parent.parent) &&
      ts.isIdentifier(at.name)
    ) {
      names.unshift(at.name.text);
    }
  }
  return names.join('.');
}
