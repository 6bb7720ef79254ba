import type * as ts from 'typescript';

/**
 * What an expression stands for, as far as it matters: where a thing of a package, a class, a function or a written
 * value comes from, through imports, re-exports, constants, members and calls.
 */
export type Origin =
  /** `name` is dotted, without `default`; '' is the module itself. */
  | { kind: 'export'; package: string; name: string }
  | { kind: 'class'; node: ts.ClassLikeDeclaration }
  | { kind: 'function'; node: ts.SignatureDeclaration }
  /** Of the repository, as a whole. */
  | { kind: 'module'; node: ts.SourceFile }
  | { kind: 'type'; node: ts.InterfaceDeclaration | ts.TypeLiteralNode }
  /** `fresh`: made by the expression itself, so that evaluating it again makes another. */
  | { kind: 'instance'; of: InstanceOf; fresh: boolean }
  /** A method of something of a package. */
  | { kind: 'method'; of: InstanceOf; name: string }
  /** Anything else that is written down: a literal, an object, a call that says nothing. */
  | { kind: 'value'; node: ts.Expression };

export type InstanceOf = Extract<Origin, { kind: 'export' | 'class' | 'type' }>;

export interface Origins {
  of(expression: ts.Expression): Origin | undefined;
  ofType(type: ts.TypeNode): Origin | undefined;
  ofName(name: ts.Identifier): Origin | undefined;
  member(origin: Origin | undefined, name: string): Origin | undefined;
  /** What a call of the function gives. */
  returned(node: ts.SignatureDeclaration): Origin | undefined;
  exported(file: ts.SourceFile, name: string): Origin | undefined;
  module(from: ts.Node, specifier: string): Origin;
  /** The class a class extends, when it is one of the repository or of a package. */
  base(node: ts.ClassLikeDeclaration): Origin | undefined;
}

export function instance(of: Origin | undefined, fresh: boolean): Origin | undefined {
  if (!of || (of.kind !== 'export' && of.kind !== 'class' && of.kind !== 'type')) return undefined;
  return { kind: 'instance', of, fresh };
}

export function notFresh(origin: Origin | undefined): Origin | undefined {
  return origin?.kind === 'instance' && origin.fresh ? { ...origin, fresh: false } : origin;
}
