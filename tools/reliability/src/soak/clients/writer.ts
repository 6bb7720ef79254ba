import { randomUUID } from 'node:crypto';
import type { Client } from './client';
import { KnownVersions } from './known-versions';

interface Character {
  id: string;
  name: string;
}

const CHANGES = 8;
/** As what is not there is known: version 0 is "not yet", this one "not any more". */
const DELETED = CHANGES + 1;

/** Makes a character, changes it again and again, reads it everywhere in between, and deletes it. */
export async function write(client: Client): Promise<() => Promise<void>> {
  const { accessToken: token } = await client.register();
  const deleted = new Set<string>();

  const readList = async () => {
    const list = await client.ask<{ data: Character[] }>([200], 'GET', '/api/characters?limit=50', { token });
    if (!list.body.data.some(({ id }) => deleted.has(id))) return;
    await client.stale(`/api/characters at ${list.instance} lists what was deleted`, list.begunAt);
  };
  return async () => {
    const handle = `h_${randomUUID().replace(/-/g, '').slice(0, 20)}`;
    const body = { name: nameOf(1), handle };
    const made = await client.ask<Character>([201], 'POST', '/api/characters', { token, body });
    const path = `/api/characters/${made.body.id}`;
    const known = new KnownVersions(client.journal.timeline);
    known.wrote(1, made.instance);

    const read = async () => {
      const paths = [path, `/api/characters/by-handle/${handle}`];
      const seen = await client.ask<Character>([200, 404], 'GET', paths[client.chance(0.3) ? 1 : 0] ?? path, {
        token,
      });
      const version =
        seen.status === 404 ? (known.newest === DELETED ? DELETED : 0) : versionOf(seen.body.name);
      const now = performance.now();
      if (version !== known.newest) await client.history();
      const verdict = known.judge(version, seen.instance, seen.begunAt, now);
      if (verdict === 'stale') client.journal.did('stale reads while something was broken');
      if (verdict === 'wrong') {
        client.wrong(
          `${path} at ${seen.instance}: version ${version} instead of ${known.newest}`,
          seen.begunAt,
        );
      }
      client.journal.did('reads of what was just written');
    };
    for (let version = 2; version <= CHANGES; version++) {
      const change = { name: nameOf(version) };
      const changed = await client.ask<Character>([200], 'PATCH', path, { token, body: change });
      known.wrote(version, changed.instance);
      await read();
      await client.think();
      await read();
    }
    await readList();
    const gone = await client.ask([204], 'DELETE', path, { token });
    known.wrote(DELETED, gone.instance);
    deleted.add(made.body.id);
    await read();
    client.journal.did('characters made, changed and deleted');
  };
}

const nameOf = (version: number) => `Ada ${version}`;
const versionOf = (name: string) => Number(/^Ada (\d+)$/.exec(name)?.[1] ?? NaN);
