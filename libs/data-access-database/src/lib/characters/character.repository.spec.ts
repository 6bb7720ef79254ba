import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { eq, sql } from 'drizzle-orm';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { characters as table } from '../schema/characters';
import { pollUntil } from '../../testing/poll-until';
import { UserRepository } from '../users/user.repository';
import type { Character } from './character';
import { CharacterRepository } from './character.repository';

let server: ProvidedDatabase;
let app: DatabaseApp;
let characters: CharacterRepository;
let owner: string;
let stranger: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  characters = app.get(CharacterRepository);
});

beforeEach(async () => {
  owner = await aUser();
  stranger = await aUser();
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

let count = 0;
async function aUser(): Promise<string> {
  const { id } = await app
    .get(UserRepository)
    .create({ email: `user-${++count}@example.com`, passwordHash: 'h' });
  return id;
}

const make = (handle: string, ownerId = owner) => characters.create({ ownerId, name: handle, handle });

const takenHandle = { code: 'DATABASE_CONFLICT', constraint: 'characters_owner_handle_key' };

describe('handles', () => {
  it('are unique per owner whatever the case, and free again after a delete', async () => {
    const mia = await make('Mia');
    await expect(make('mIA')).rejects.toMatchObject(takenHandle);
    await expect(make('mia', stranger)).resolves.toMatchObject({ ownerId: stranger });
    expect(await characters.findByHandle(owner, 'MIA')).toEqual(mia);

    expect(await characters.softDelete(mia.id, owner)).toBe(true);
    expect(await characters.findByHandle(owner, 'mia')).toBeNull();
    const second = await make('MIA');
    expect(await characters.findByHandle(owner, 'mia')).toEqual(second);
    // And the freed handle can be freed again: several deleted ones of one handle are no conflict.
    expect(await characters.softDelete(second.id, owner)).toBe(true);
    await make('mia');
  });

  it('cannot be taken by a rename, but may change their case', async () => {
    await make('first');
    const second = await make('second');
    await expect(characters.update(second.id, owner, { handle: 'FIRST' })).rejects.toMatchObject(takenHandle);
    await expect(characters.update(second.id, owner, { handle: 'Second' })).resolves.toMatchObject({
      outcome: 'updated',
      character: { handle: 'Second' },
    });
  });

  it('go to one of many who create them at once', async () => {
    const results = await Promise.allSettled(['zoe', 'Zoe', 'ZOE', 'zOe'].map((handle) => make(handle)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('update', () => {
  it('changes what is named, merges config by key, and counts versions', async () => {
    const before = await characters.create({
      ownerId: owner,
      name: 'Mia',
      handle: 'mia',
      config: { style: 'photo', age: 30, bio: "it's \"quoted\" \\ 'x'" },
    });
    expect(before).toMatchObject({ version: 1, config: { style: 'photo', age: 30 } });
    const result = await characters.update(before.id, owner, { config: { age: 31, appearance: 'tall' } }, 1);
    expect(result).toEqual({
      outcome: 'updated',
      character: {
        ...before,
        config: { ...before.config, age: 31, appearance: 'tall' },
        version: 2,
        updatedAt: expect.any(Date) as Date,
      },
    });
    expect(await characters.findById(before.id)).toEqual(result.outcome === 'updated' && result.character);
  });

  it('tells a stale version from a character that is not there', async () => {
    const { id } = await make('mia');
    expect(await characters.update(id, owner, { name: 'a' }, 2)).toEqual({ outcome: 'stale' });
    expect(await characters.update(id, stranger, { name: 'a' }, 1)).toEqual({ outcome: 'missing' });
    expect(await characters.update(id, stranger, { name: 'a' })).toEqual({ outcome: 'missing' });
    await characters.softDelete(id, owner);
    expect(await characters.update(id, owner, { name: 'a' }, 1)).toEqual({ outcome: 'missing' });
    expect(await characters.softDelete(id, owner)).toBe(false);
    expect(await characters.findById(id)).toBeNull();
  });

  it('lets one of many win who expect the same version', async () => {
    const { id } = await make('mia');
    for (let version = 1; version <= 10; version++) {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          characters.update(id, owner, { config: { [`v${version}`]: n } }, version),
        ),
      );
      const outcomes = results.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual([...Array<string>(7).fill('stale'), 'updated']);
    }
    expect(await characters.findById(id)).toMatchObject({ version: 11 });
  });

  it('loses nothing when many change different keys at once without a version', async () => {
    const { id } = await make('mia');
    const keys = Array.from({ length: 30 }, (_, n) => `key${n}`);
    await Promise.all(keys.map((key) => characters.update(id, owner, { config: { [key]: true } })));
    const after = await characters.findById(id);
    expect(Object.keys(after?.config ?? {}).sort()).toEqual([...keys].sort());
    expect(after?.version).toBe(31);
  });

  it('sees what a change before it has left, when it had to wait for that', async () => {
    const { id } = await make('mia');
    const updateBehind = async (change: Partial<typeof table.$inferInsert>, expectedVersion: number) => {
      let waiting: Promise<unknown> | undefined;
      await app.database.transaction(async (queries) => {
        await queries.update(table).set(change).where(eq(table.id, id));
        waiting = characters.update(id, owner, { name: 'behind' }, expectedVersion);
        await pollUntil(async () => {
          const { rowCount } = await queries.execute(
            sql`select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`,
          );
          return rowCount === 1;
        });
      });
      return waiting;
    };
    expect(await updateBehind({ version: 7 }, 1)).toEqual({ outcome: 'stale' });
    expect(await updateBehind({ version: 8 }, 8)).toMatchObject({
      outcome: 'updated',
      character: { version: 9 },
    });
    expect(await updateBehind({ deletedAt: new Date() }, 9)).toEqual({ outcome: 'missing' });
  });

  it('and a delete at the same moment never make a deleted character look stale', async () => {
    for (let round = 0; round < 20; round++) {
      const { id } = await make(`round${round}`);
      const [result, deleted] = await Promise.all([
        characters.update(id, owner, { name: 'changed' }),
        characters.softDelete(id, owner),
      ]);
      expect(deleted).toBe(true);
      expect(['updated', 'missing']).toContain(result.outcome);
    }
  });
});

describe('list', () => {
  it('goes through everything once, newest first, also where times are equal', async () => {
    const made: Character[] = [];
    for (let n = 0; n < 25; n++) made.push(await make(`c_${n}`));
    await make('c_98', stranger);
    await characters.softDelete((await make('c_99')).id, owner);
    // Three groups of rows with one time each, whose order contradicts that of their ids. Microseconds that the
    // column does not keep would end up in no cursor.
    await app.database.write((queries) =>
      queries
        .update(table)
        .set({
          createdAt: sql`timestamptz '2026-01-01 00:00:00.1234567Z' - (${sql.raw('substr(handle, 3)::int / 10')}) * interval '1 ms'`,
        })
        .where(eq(table.ownerId, owner)),
    );

    for (const limit of [1, 3, 10, 25, 100]) {
      const seen: Character[] = [];
      for (let page = await characters.list(owner, { limit }); page.length > 0;) {
        seen.push(...page);
        const { createdAt, id } = page.at(-1) as Character;
        // Through JSON and back, as a cursor goes.
        page = await characters.list(owner, {
          limit,
          after: { createdAt: new Date(createdAt.toISOString()), id },
        });
      }
      expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
      expect(seen).toHaveLength(made.length);
      const keys = seen.map(({ createdAt, id }) => `${createdAt.toISOString()} ${id}`);
      expect(keys).toEqual([...keys].sort().reverse());
    }
  });
});
