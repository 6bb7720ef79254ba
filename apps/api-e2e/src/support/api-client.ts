import { randomBytes } from 'node:crypto';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
  /** Milliseconds until the whole answer was there. */
  ms: number;
}

export interface Account {
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
  user: { id: string; email: string };
}

/** One HTTP call; a body is sent as JSON. */
export async function call<T = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  { token, body, headers }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const startedAt = performance.now();
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: (json ? JSON.parse(text) : text) as T,
    ms: performance.now() - startedAt,
  };
}

/** A new account with an e-mail of its own. */
export async function register(url: string): Promise<Account> {
  const email = `u${randomBytes(6).toString('hex')}@example.org`;
  const password = `pass-${randomBytes(9).toString('hex')}`;
  const { status, body } = await call<Account>(url, 'POST', '/api/auth/register', {
    body: { email, password },
  });
  if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`);
  return { ...body, email, password };
}

/** A new character of the account; answers its id. */
export async function createCharacter(url: string, token: string, name = 'Ada'): Promise<string> {
  const body = { name, handle: `h_${randomBytes(5).toString('hex')}` };
  const answer = await call<{ id: string }>(url, 'POST', '/api/characters', { token, body });
  if (answer.status !== 201)
    throw new Error(`create answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}
