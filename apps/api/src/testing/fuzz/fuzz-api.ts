import { randomUUID } from 'node:crypto';
import { executeSql } from '@sluice/testing-servers';
import fc from 'fast-check';
import { ApiDocument } from '../api-document';
import { type Answer, serveApi, type ServedApi, type Servers } from '../serve-api';
import { type FuzzedRequest, requestsFor } from './request-arbitrary';

/** A bound for what hangs. */
const HANGS_AFTER_MS = 30_000;

const CREDENTIALS = { email: 'fuzz@example.com', password: 'correct horse battery' };
const HANDLES = Array.from({ length: 6 }, (_, i) => `handle_${i}`);

export interface FuzzOptions {
  /** Requests for each operation that takes input; three times as many where it takes a body, where most can go wrong. */
  runs: number;
  seed: number;
}

/**
 * Asks every operation of the document for what nobody foresaw. Each answer must be one that the document foresees, and
 * never a 500.
 *
 * @returns how often each status came, by operation: `POST /api/characters` → `201` → 7
 * @throws Error with the smallest request that was answered otherwise
 */
export async function fuzzApi(
  servers: Servers,
  { runs, seed }: FuzzOptions,
): Promise<Map<string, Map<number, number>>> {
  const api = await serveApi(servers, {
    // Nobody listens there: images are queued, and stay so.
    images: { comfyui: { urls: ['http://127.0.0.1:9'] }, quota: 10_000 },
  });
  try {
    const document = await ApiDocument.of(api);
    const person = await somebody(api, servers);
    const counts = new Map<string, Map<number, number>>();
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [name, operation] of Object.entries(operations)) {
        const method = name.toUpperCase();
        const needsToken = (operation.security ?? []).length > 0;
        const statuses = new Map<number, number>();
        counts.set(`${method} ${path}`, statuses);
        const most = operation.requestBody ? 3 * runs : (operation.parameters ?? []).length > 0 ? runs : 3;
        const property = fc.asyncProperty(requestsFor(path, operation, person.known), async (request) => {
          const answer = await ask(api, method, request, person.token);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          const fault = faultOf(document, { method, path }, answer);
          if (fault !== undefined)
            throw new Error(`${method} ${path}: ${fault}\n${answer.text.slice(0, 500)}`);
          if (answer.status === 401 && needsToken) await person.signIn();
        });
        // Each its own, or what one deletes would be just what the next asks for.
        await fc.assert(property, { seed: seed + counts.size, numRuns: most });
      }
    }
    return counts;
  } finally {
    await api.app.close();
  }
}

interface Somebody {
  token: string;
  signIn(): Promise<void>;
  known(path: string, parameter: string): readonly string[];
}

/** Somebody who has enough to be asked for by chance, some of it after some of it is gone. */
async function somebody(api: ServedApi, servers: Servers): Promise<Somebody> {
  const { body } = await api.call('POST', '/api/auth/register', { body: CREDENTIALS });
  const userId = (body['user'] as { id: string }).id;
  const characters: string[] = [];
  const images = Array.from({ length: 300 }, () => randomUUID());
  const person: Somebody = {
    token: String(body['accessToken']),
    async signIn() {
      const answer = await api.call('POST', '/api/auth/login', { body: CREDENTIALS });
      person.token = String(answer.body['accessToken']);
    },
    known: (path, parameter) => {
      if (parameter === 'handle') return HANDLES;
      if (parameter === 'characterId' || path.startsWith('/api/characters')) return characters;
      return parameter === 'id' && path.startsWith('/api/images') ? images : [];
    },
  };
  for (const handle of HANDLES) {
    const made = await api.call('POST', '/api/characters', {
      token: person.token,
      body: { name: 'Ada', handle },
    });
    characters.push(String(made.body['id']));
  }
  // Ended, so that a stream of events ends, too.
  await executeSql(
    servers.database.url,
    `insert into images (id, owner_id, status, prompt, seed, width, height, completed_at)
     select id::uuid, '${userId}', 'cancelled', 'a prompt', '1', 64, 64, null
     from unnest(array['${images.join("','")}']) id`,
  );
  return person;
}

async function ask(
  api: ServedApi,
  method: string,
  { path, headers, body }: FuzzedRequest,
  token: string,
): Promise<Answer> {
  return api.call(method, path, {
    token,
    headers,
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(HANGS_AFTER_MS),
  });
}

/** Undefined when it is an answer that may be given. */
function faultOf(
  document: ApiDocument,
  { method, path }: { method: string; path: string },
  answer: Answer,
): string | undefined {
  const { status, headers, body } = answer;
  if (status >= 400) {
    // A machine that is very busy may have to say so.
    if (status >= 500 && status !== 503) return `answered ${status}`;
    const type = headers.get('content-type') ?? '';
    if (!type.startsWith('application/problem+json')) return `a problem of the type ${type}`;
    if (body['status'] !== status) return `the problem says ${String(body['status'])}, the answer ${status}`;
    if (String(body['instance']).includes('?')) return 'the problem shows the query';
  }
  // Refused before it is known which operation it is.
  if (status === 414 || status === 431) return undefined;
  // Of these the document has but the status: their bodies are no JSON.
  if (status === 200 && /^(image\/|text\/event-stream)/.test(headers.get('content-type') ?? ''))
    return undefined;
  return document.fault(method, path, answer);
}
