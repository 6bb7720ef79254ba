import * as ts from 'typescript';
import { constantOf, literalOf } from './literal-of';

export interface FoundProperty {
  property?: ts.ObjectLiteralElementLike;
  /** The constant that brings it, when it comes by a spread. */
  spread?: ts.VariableDeclaration;
  /** A spread of something that is not in this file, and that may hold the property or replace it. */
  doubtful: boolean;
}

/** The property of an object that counts: the last of its name, spreads of the file's own constants included. */
export function findProperty(
  source: ts.SourceFile,
  object: ts.ObjectLiteralExpression,
  name: string,
): FoundProperty {
  let found: FoundProperty = { doubtful: false };
  for (const property of object.properties) {
    if (!ts.isSpreadAssignment(property)) {
      if (nameOf(property) === name) found = { property, doubtful: false };
      continue;
    }
    const literal = literalOf(source, property.expression, ts.isObjectLiteralExpression);
    const inner = literal && findProperty(source, literal, name);
    if (!inner || inner.doubtful) found = { ...found, doubtful: true };
    else if (inner.property) {
      const spread = inner.spread ?? constantOf(source, property.expression);
      found = { property: inner.property, ...(spread && { spread }), doubtful: false };
    }
  }
  return found;
}

function nameOf({ name }: ts.ObjectLiteralElementLike): string | undefined {
  return name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined;
}
