import { timeSchema, uuidSchema } from '@sluice/util-http';
import { z } from 'zod';

export const IMAGE_STATUSES = [
  'queued',
  'generating',
  'cancelling',
  'completed',
  'failed',
  'cancelled',
] as const;

export const imageStatusSchema = z.enum(IMAGE_STATUSES);

const signed = 'Signed: works without a token for 10 minutes';

/** An image as every route answers it. */
export const imageSchema = z.strictObject({
  id: uuidSchema,
  status: imageStatusSchema.describe('`completed`, `failed` and `cancelled` are final'),
  progress: z.number().min(0).max(1),
  prompt: z.string(),
  seed: z.string().describe('Decimal, up to 2^64 − 1: more than a JSON number holds'),
  width: z.int(),
  height: z.int(),
  characterId: uuidSchema.nullable(),
  liked: z.boolean(),
  createdAt: timeSchema,
  completedAt: timeSchema.nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional().describe('Why it failed'),
  links: z.strictObject({
    self: z.string(),
    events: z.string().describe(signed),
    cancel: z.string(),
    file: z.string().optional().describe(`When completed. ${signed}`),
    thumb: z.string().optional().describe(`When completed. ${signed}`),
  }),
});

export type ImageView = z.infer<typeof imageSchema>;
