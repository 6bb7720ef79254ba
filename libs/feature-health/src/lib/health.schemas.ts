import { z } from 'zod';

export const liveSchema = z.strictObject({ status: z.literal('ok') });

const checkSchema = z.strictObject({
  status: z.enum(['ok', 'error']),
  durationMs: z.number().describe('How long the check took'),
  code: z.string().optional().describe('Why it failed, such as REDIS_UNAVAILABLE or TIMEOUT'),
  details: z.record(z.string(), z.unknown()).optional(),
});

export const readySchema = z.strictObject({
  status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
  checks: z
    .record(z.string(), checkSchema)
    .optional()
    .describe('One per part behind the service; in production only for those who may see it'),
});

export type CheckResult = z.infer<typeof checkSchema>;
export type Readiness = z.infer<typeof readySchema>;
