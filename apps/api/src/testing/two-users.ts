import { randomUUID } from 'node:crypto';
import { executeSql } from '@sluice/testing-servers';
import type { ServedApi, Servers } from './serve-api';

/** Somebody with one of everything. */
export interface Person {
  token: string;
  email: string;
  userId: string;
  sessionId: string;
  characterId: string;
  handle: string;
  imageId: string;
}

/** Signs somebody up and gives him a second session, a character, and a finished image that he likes. */
export async function personWithEverything(api: ServedApi, servers: Servers): Promise<Person> {
  const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
  const { body: signedIn } = await expected(
    201,
    api.call('POST', '/api/auth/register', { body: credentials }),
  );
  await expected(200, api.call('POST', '/api/auth/login', { body: credentials }));
  const token = String(signedIn['accessToken']);
  const userId = (signedIn['user'] as { id: string }).id;
  const handle = `h_${randomUUID().slice(0, 8)}`;
  const character = { name: `Name of ${handle}`, handle };
  const made = await expected(201, api.call('POST', '/api/characters', { token, body: character }));
  const characterId = String(made.body['id']);
  const imageId = randomUUID();
  await executeSql(
    servers.database.url,
    `insert into images (id, owner_id, character_id, status, prompt, seed, width, height, completed_at, file_key,
       thumb_key, content_type, bytes, sha256)
     values ('${imageId}', '${userId}', '${characterId}', 'completed', 'prompt of ${handle}', '1', 64, 64, now(),
       repeat('a', 64) || '.png', repeat('b', 64) || '.webp', 'image/png', 1, repeat('a', 64))`,
  );
  await expected(204, api.call('PUT', `/api/images/${imageId}/like`, { token }));
  const sessions = await expected(200, api.call('GET', '/api/auth/sessions', { token }));
  const other = (sessions.body['data'] as { id: string; current: boolean }[]).find(({ current }) => !current);
  return {
    token,
    email: credentials.email,
    userId,
    sessionId: other?.id ?? '',
    characterId,
    handle,
    imageId,
  };
}

/** All that he sees of what is his. */
export async function viewOf(api: ServedApi, person: Person): Promise<unknown> {
  const paths = [
    '/api/auth/me',
    '/api/auth/sessions',
    '/api/characters',
    `/api/characters/${person.characterId}`,
    `/api/characters/by-handle/${person.handle}`,
    `/api/images/${person.imageId}`,
    '/api/gallery',
  ];
  const answers = await Promise.all(
    paths.map((path) => expected(200, api.call('GET', path, { token: person.token }))),
  );
  // Signed links are new with every second.
  return answers.map(({ text }) => text.replace(/([?&])e=\d+&s=[\w-]+/g, '$1…'));
}

async function expected(
  status: number,
  answer: ReturnType<ServedApi['call']>,
): Promise<Awaited<ReturnType<ServedApi['call']>>> {
  const got = await answer;
  if (got.status !== status) throw new Error(`answered ${got.status} instead of ${status}: ${got.text}`);
  return got;
}
