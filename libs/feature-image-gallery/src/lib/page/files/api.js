// Tokens live in this variable alone: not in an address, not in a storage, gone with the page.
let session;
let renewal;

/** What the API answered in place of what was asked for; the message is for the user. */
export class Problem extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    /** Seconds. */
    this.retryAfter = retryAfter;
  }
}

export async function signIn(email, password) {
  session = await send('POST', '/api/auth/login', { body: { email, password } });
}

export async function signOut() {
  const ended = session;
  session = undefined;
  // The page forgets it whether or not the API hears of it.
  if (ended) await send('POST', '/api/auth/logout', { token: ended.accessToken }).catch(() => undefined);
}

/** Asks as the user who is signed in. @throws Problem, 401 when he must sign in again */
export async function call(method, path) {
  const used = session;
  if (!used) throw new Problem(401, 'Please sign in.');
  try {
    return await send(method, path, { token: used.accessToken });
  } catch (error) {
    if (error.status !== 401) throw error;
    if (session === used) await renew(used);
    if (!session) throw error;
    return send(method, path, { token: session.accessToken });
  }
}

/** Once, however many requests found out at the same time that the token is over. */
function renew({ refreshToken }) {
  renewal ??= send('POST', '/api/auth/refresh', { body: { refreshToken } })
    .then(
      (renewed) => {
        // Who has signed out meanwhile stays signed out.
        if (session) session = renewed;
      },
      (error) => {
        if (error.status !== 401) throw error;
        session = undefined;
      },
    )
    .finally(() => (renewal = undefined));
  return renewal;
}

async function send(method, path, { body, token } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers['content-type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new Problem(0, 'The server cannot be reached. It is tried again.');
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const words = answer?.detail ?? `The server answered ${response.status}.`;
  throw new Problem(response.status, words, Number(response.headers.get('retry-after')) || undefined);
}
