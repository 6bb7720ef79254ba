import { isKnown } from './entity-shape';
import type { EntityShape } from './entity-shape';

/** The zod schema of a shape, all of which must be known. */
export function zodOf(shape: EntityShape): string {
  switch (shape.kind) {
    case 'text':
      return 'z.string()';
    case 'literal':
      return `z.literal(${shape.text})`;
    case 'list':
      return `z.array(${zodOf(shape.of)})`;
    case 'record':
      return `z.record(z.string(), ${zodOf(shape.of)})`;
    case 'either':
      return `z.union([${shape.of.map(zodOf).join(', ')}])`;
    case 'object':
      return `z.object({ ${shape.fields
        .map((field) => `${field.name}: ${zodOf(field.shape)}${field.optional ? '.optional()' : ''}`)
        .join(', ')} })`;
    default:
      return `z.${shape.kind}()`;
  }
}

/** An example of a shape, as an expression; undefined when something that it must have is not known. */
export function exampleOf(shape: EntityShape): string | undefined {
  switch (shape.kind) {
    case 'text':
      return `'text'`;
    case 'number':
      return '1';
    case 'boolean':
      return 'true';
    case 'null':
      return 'null';
    case 'literal':
      return shape.text;
    case 'list':
      return '[]';
    case 'record':
      return '{}';
    case 'either':
      return shape.of.map(exampleOf).find((one) => one !== undefined && one !== 'null');
    case 'unknown':
      return undefined;
    case 'object': {
      const needed = shape.fields.filter(({ optional }) => !optional);
      const fields = needed.map(({ name, shape: field }) =>
        name === 'id' && field.kind === 'text' ? 'id' : `${name}: ${exampleOf(field) ?? '?'}`,
      );
      return needed.every((field) => isKnown(field.shape)) ? `{ ${fields.join(', ')} }` : undefined;
    }
  }
}
