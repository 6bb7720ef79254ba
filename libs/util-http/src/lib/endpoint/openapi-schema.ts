import type { ApiResponseSchemaHost } from '@nestjs/swagger';
import { z } from 'zod';

/** A JSON Schema as it stands in an OpenAPI 3.1 document (the dialect of both is 2020-12). */
export type OpenApiSchema = ApiResponseSchemaHost['schema'];

/** Writes a zod schema for the document: what callers send (`input`), or what they get (`output`). */
export function openApiSchema(schema: z.ZodType, io: 'input' | 'output'): OpenApiSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    // zod leaves it out where the value is made from text.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default ??= zodSchema.def.defaultValue as never;
    },
  });
  return rest as OpenApiSchema;
}
