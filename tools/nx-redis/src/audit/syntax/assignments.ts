import ts from 'typescript';
import { bare } from './member-name';
import { nodesOf } from './nodes-of';

/** What is assigned in a file to names, and to members of `this`. */
export interface Assignments {
  toName: Map<string, ts.BinaryExpression[]>;
  toMember: Map<ts.ClassLikeDeclaration, Map<string, ts.Expression[]>>;
}

const ASSIGN = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
]);

export function assignmentsOf(file: ts.SourceFile): Assignments {
  const found: Assignments = { toName: new Map(), toMember: new Map() };
  for (const node of nodesOf(file)) {
    if (ts.isBinaryExpression(node) && ASSIGN.has(node.operatorToken.kind)) add(node, found);
  }
  return found;
}

function add(node: ts.BinaryExpression, { toName, toMember }: Assignments): void {
  const target = bare(node.left);
  if (ts.isIdentifier(target)) toName.set(target.text, [...(toName.get(target.text) ?? []), node]);
  if (!ts.isPropertyAccessExpression(target) || target.expression.kind !== ts.SyntaxKind.ThisKeyword) return;
  const owner = classAround(node);
  if (!owner) return;
  const members = toMember.get(owner) ?? new Map<string, ts.Expression[]>();
  members.set(target.name.text, [...(members.get(target.name.text) ?? []), node.right]);
  toMember.set(owner, members);
}

/** The class that `this` is of, at a node. */
export function classAround(node: ts.Node): ts.ClassLikeDeclaration | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isClassLike(at)) return at;
    if (ts.isFunctionDeclaration(at) || (ts.isFunctionExpression(at) && !ts.isClassLike(at.parent)))
      return undefined;
  }
  return undefined;
}
