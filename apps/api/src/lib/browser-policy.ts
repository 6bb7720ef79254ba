import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';

/** What browsers are told about who may do what with the answers. */
export interface BrowserPolicy {
  /** Origins of other sites whose scripts may ask this API. None: only pages that it serves itself. */
  corsOrigins: readonly string[];
  /** For how long a browser that came by HTTPS must not come by HTTP, in seconds. */
  hstsSeconds: number;
}

const PREFLIGHT_KEPT_SECONDS = 600;

const REQUEST_HEADERS = [
  ...['Authorization', 'Content-Type', 'Idempotency-Key'],
  ...['If-Match', 'If-None-Match', 'Last-Event-ID'],
];

const ANSWER_HEADERS = [
  ...['Cache-Status', 'ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
  ...['WWW-Authenticate', 'X-Request-Id'],
];

/** Sends the headers of helmet, and those of CORS to the origins that are named. */
export async function tellBrowsers(
  app: NestFastifyApplication,
  { corsOrigins, hstsSeconds }: BrowserPolicy,
): Promise<void> {
  await app.register(helmet, {
    strictTransportSecurity: { maxAge: hstsSeconds },
    // Over plain HTTP on another host than localhost, upgrading would break the page of the document.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    // An `<img>` with a signed link sends no origin to choose by: who has the link may show it.
    crossOriginResourcePolicy: { policy: corsOrigins.length > 0 ? 'cross-origin' : 'same-origin' },
  });
  if (corsOrigins.length === 0) return;
  app.enableCors({
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    // Tokens travel in a header that scripts set. There are no cookies to lend to another site.
    credentials: false,
    maxAge: PREFLIGHT_KEPT_SECONDS,
    strictPreflight: false,
  });
}

/** Reads a list such as `https://app.example.com, http://localhost:5173`. */
export function corsOrigins(text: string | undefined, context: z.RefinementCtx): readonly string[] {
  const origins = (text ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
  if (!origins.every(isOrigin)) {
    context.addIssue({
      code: 'custom',
      message:
        'must be origins as browsers send them, with commas between: https://app.example.com, http://localhost:5173; ' +
        'each is named, there is no *',
    });
  }
  return origins;
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[a-z\d.:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
