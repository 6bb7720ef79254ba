import { listOf, pageQuery, timeSchema, uuidSchema } from '@sluice/util-http';
import { z } from 'zod';

const nameSchema = z.string().trim().min(1, 'Must not be empty').max(80, 'Must have at most 80 characters');

const handleSchema = z
  .string()
  .regex(/^[A-Za-z0-9_]{3,30}$/, 'Must be 3 to 30 letters, digits or underscores');

const longTextSchema = z.string().max(2_000, 'Must have at most 2,000 characters');

export const configSchema = z.strictObject({
  style: z.enum(['photo', 'anime', 'illustration']).optional(),
  age: z.int().min(18, 'Must be at least 18').max(120, 'Must be at most 120').optional(),
  appearance: longTextSchema.optional(),
  bio: longTextSchema.optional(),
});

export const createCharacterBody = z.strictObject({
  name: nameSchema,
  handle: handleSchema,
  config: configSchema.default({}),
});

export const patchCharacterBody = z.strictObject({
  name: nameSchema.optional(),
  handle: handleSchema.optional(),
  config: configSchema.optional().describe('Merged by key: what is not named stays'),
});

export const handleParams = z.strictObject({ handle: handleSchema });

export const charactersQuery = pageQuery;

export const characterSchema = z.strictObject({
  id: uuidSchema,
  name: z.string(),
  handle: z.string(),
  config: configSchema,
  version: z.int().describe('Also the ETag'),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});

export const characterListSchema = listOf(characterSchema);

export type CharacterView = z.infer<typeof characterSchema>;
export type CharacterConfig = z.infer<typeof configSchema>;
export type CreateCharacter = z.infer<typeof createCharacterBody>;
export type PatchCharacter = z.infer<typeof patchCharacterBody>;
