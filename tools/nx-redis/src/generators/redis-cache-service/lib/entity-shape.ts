/** What is known of a type from its source: enough to write a schema and an example of it. */
export type EntityShape =
  | { kind: 'text' | 'number' | 'boolean' | 'null' | 'unknown' }
  | { kind: 'literal'; text: string }
  | { kind: 'list'; of: EntityShape }
  | { kind: 'record'; of: EntityShape }
  | { kind: 'either'; of: EntityShape[] }
  | { kind: 'object'; fields: EntityField[] };

export interface EntityField {
  name: string;
  optional: boolean;
  shape: EntityShape;
}

/** Of the type that is written when no entity is given. */
export const ONLY_AN_ID: EntityShape = {
  kind: 'object',
  fields: [{ name: 'id', optional: false, shape: { kind: 'text' } }],
};

/** Whether everything in it is known. */
export function isKnown(shape: EntityShape): boolean {
  if (shape.kind === 'list' || shape.kind === 'record') return isKnown(shape.of);
  if (shape.kind === 'either') return shape.of.every(isKnown);
  if (shape.kind === 'object') return shape.fields.every((field) => isKnown(field.shape));
  return shape.kind !== 'unknown';
}
