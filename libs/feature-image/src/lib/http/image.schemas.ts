import { idParams, uuidSchema } from '@sluice/util-http';
import { z } from 'zod';

const SIDE = 'Must be 64 to 2048, in steps of 8';
const SEED = 'Must be a whole number from 0 to 2^64 − 1; beyond 2^53 as a string';
const MOST_SEED = 2n ** 64n - 1n;

const sideSchema = z.int(SIDE).min(64, SIDE).max(2_048, SIDE).multipleOf(8, SIDE);
const promptSchema = z.string().max(4_000, 'Must have at most 4,000 characters');

const seedSchema = z
  .union(
    [
      z.int(SEED).min(0, SEED),
      z
        .string()
        .regex(/^(0|[1-9]\d{0,19})$/, { error: SEED, abort: true })
        .refine((text) => BigInt(text) <= MOST_SEED, SEED),
    ],
    SEED,
  )
  .transform(String);

export const createImageBody = z.strictObject({
  characterId: uuidSchema.optional().describe('One of the own characters; its config goes into the prompt'),
  prompt: promptSchema.min(1, 'Must not be empty'),
  negativePrompt: promptSchema.optional().describe('What shall not be in the picture'),
  width: sideSchema,
  height: sideSchema,
  seed: seedSchema.optional().describe('Default: any. Beyond 2^53 as a decimal string, up to 2^64 − 1'),
});

const linkQuery = z.strictObject({
  e: z.string().optional().describe('Of a signed link: when it ends'),
  s: z.string().optional().describe('Of a signed link: its signature'),
});

export const eventsQuery = linkQuery;

export const fileQuery = linkQuery.extend({
  variant: z
    .enum(['thumb'], 'Must be `thumb`, or left out for the whole picture')
    .optional()
    .describe('A small one'),
});

export const imageParams = idParams;

export type CreateImage = z.output<typeof createImageBody>;
export type EventsQuery = z.infer<typeof eventsQuery>;
export type FileQuery = z.infer<typeof fileQuery>;
export type ImageParams = z.infer<typeof imageParams>;
