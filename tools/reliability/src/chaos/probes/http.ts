import { randomBytes } from 'node:crypto';

/** Of both processes of the API. */
export type Urls = readonly [one: string, two: string];

export interface Answer {
  /** 0 when there was none; `failure` says why. */
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly ms: number;
  readonly failure?: string;
}

const LONGEST_MS = 15_000;
const PASSWORD = 'chaos-password-of-everybody';
export const MANAGEMENT_TOKEN = 'chaos-management-token';
let clients = 0;

/** One call over HTTP, as of a client with an address of its own where `from` is not given. Never rejects. */
export async function call(
  url: string,
  method: string,
  path: string,
  { token, body, from = newClient() }: { token?: string; body?: unknown; from?: string } = {},
): Promise<Answer> {
  const began = performance.now();
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        'x-forwarded-for': from,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    const answer = { status: response.status, body: json ? JSON.parse(text) : { text } };
    return { ...answer, ms: performance.now() - began };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return { status: 0, body: {}, ms: performance.now() - began, failure: cause?.code ?? name };
  }
}

/** A new account; answers its e-mail. @throws Error when it is refused */
export async function register(url: string): Promise<string> {
  const email = `chaos-${randomBytes(8).toString('hex')}@example.org`;
  const { status, body, failure } = await call(url, 'POST', '/api/auth/register', {
    body: { email, password: PASSWORD },
  });
  if (status !== 201) throw new Error(`register answered ${status} ${failure ?? JSON.stringify(body)}`);
  return email;
}

/** A new session of an account. */
export async function signIn(url: string, email: string): Promise<{ answer: Answer; token: string }> {
  const answer = await call(url, 'POST', '/api/auth/login', { body: { email, password: PASSWORD } });
  return { answer, token: String(answer.body['accessToken'] ?? '') };
}

/** What a status means where only one is right. */
export function unless(expected: number, answer: Answer): string | undefined {
  if (answer.status === expected) return undefined;
  const detail = answer.failure ?? JSON.stringify(answer.body).slice(0, 300);
  return `it answered ${answer.status} instead of ${expected}: ${detail}`;
}

function newClient(): string {
  clients += 1;
  return `10.${(clients >> 16) & 255}.${(clients >> 8) & 255}.${clients & 255}`;
}
