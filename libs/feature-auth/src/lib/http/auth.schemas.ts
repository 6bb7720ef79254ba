import { listOf, pageQuery, timeSchema, uuidSchema } from '@sluice/util-http';
import { z } from 'zod';

const emailSchema = z
  .string()
  .max(254)
  .trim()
  .toLowerCase()
  .pipe(z.email('Must be an e-mail address'))
  .meta({ format: 'email', maxLength: 254 });

const newPasswordSchema = z
  .string()
  .min(12, 'Must have at least 12 characters')
  .max(128, 'Must have at most 128 characters');

export const registerBody = z.strictObject({ email: emailSchema, password: newPasswordSchema });

/** A password that no rule allows is simply a wrong one: only its size is bounded. */
export const loginBody = z.strictObject({ email: emailSchema, password: z.string().min(1).max(1_024) });

export const refreshBody = z.strictObject({ refreshToken: z.string().min(1).max(512) });

export const passwordBody = z.strictObject({
  currentPassword: z.string().min(1).max(1_024),
  newPassword: newPasswordSchema,
});

export const sessionsQuery = pageQuery;

export const signedInSchema = z.strictObject({
  user: z.strictObject({ id: uuidSchema, email: z.string() }),
  accessToken: z.string().describe('Send it as `Authorization: Bearer …`'),
  refreshToken: z.string().describe('Good for one use; the answer to it carries the next'),
  expiresIn: z.int().describe('Seconds until the access token expires'),
});

export const meSchema = z.strictObject({ id: uuidSchema, email: z.string(), createdAt: timeSchema });

export const sessionSchema = z.strictObject({
  id: uuidSchema,
  current: z.boolean().describe('Whether it is the session that asks'),
  createdAt: timeSchema,
  expiresAt: timeSchema,
  userAgent: z.string().nullable(),
  ip: z.string().nullable(),
});

export const sessionListSchema = listOf(sessionSchema);

export type SignedIn = z.infer<typeof signedInSchema>;
export type SessionView = z.infer<typeof sessionSchema>;
