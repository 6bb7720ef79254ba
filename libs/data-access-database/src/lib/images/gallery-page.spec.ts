import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { sql } from 'drizzle-orm';
import { explain } from '../../testing/explain';
import { type ImageJobsApp, startImageJobsApp } from '../../testing/image-jobs-app';
import { CharacterRepository } from '../characters/character.repository';
import { galleryPage } from './gallery-page';
import type { GalleryRequest } from './image';

const LIMIT = 100;
/** A page whose rows lie each on a page of its own, and the way to them through an index. */
const FEW_BLOCKS = LIMIT + 20;

let server: ProvidedDatabase;
let app: ImageJobsApp;
let ownerId: string;
let characterId: string;

beforeAll(async () => {
  server = await provideDatabase();
  // Counts are what is looked at here; how long it takes is the machine's affair.
  app = await startImageJobsApp({ url: server.url, statementTimeoutMs: 60_000 });
  ownerId = await app.anOwner();
  const character = { ownerId, name: 'Mia', handle: 'mia' };
  ({ id: characterId } = await app.get(CharacterRepository).create(character));
  await fill(ownerId, 10_000);
  for (let n = 0; n < 5; n++) await fill(await app.anOwner(), 2_000);
  await app.database.write((queries) => queries.execute(sql`vacuum analyze images`));
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

/** The oldest 8,000 are of the first character, the 5 oldest have failed, and one of 200 is liked. */
async function fill(owner: string, count: number): Promise<void> {
  const character = owner === ownerId ? sql`${characterId}::uuid` : sql`null::uuid`;
  await app.database.write((queries) =>
    queries.execute(sql`
      insert into images (id, owner_id, character_id, status, prompt, seed, width, height, created_at, liked_at,
        completed_at, file_key, thumb_key, content_type, bytes, sha256, error_code, error)
      select gen_random_uuid(), ${owner}, case when n > ${count}::int - 8000 then ${character} end,
        case when failed then 'failed' else 'completed' end, repeat('p', 200), '1', 64, 64,
        now() - n * interval '1 minute', case when n % 200 = 0 then now() end,
        case when not failed then now() end, case when not failed then 'f' || n end,
        case when not failed then 't' || n end, case when not failed then 'image/png' end,
        case when not failed then 1 end, case when not failed then repeat('a', 64) end,
        case when failed then 'E' end, case when failed then 'm' end
      from (select n, n > ${count}::int - 5 as failed from generate_series(1, ${count}::int) n) numbers`),
  );
}

const page = (request: Partial<GalleryRequest>) => app.images.list(ownerId, { limit: LIMIT, ...request });
const planOf = (request: Partial<GalleryRequest>) =>
  explain(app.database, (queries) => sql`${galleryPage(queries, ownerId, { limit: LIMIT, ...request })}`);

describe('a page of 10,000 images is read from an index, in its order', () => {
  it.each<[string, number, () => Partial<GalleryRequest>]>([
    ['of all', LIMIT, () => ({})],
    ['of a common status', LIMIT, () => ({ status: 'completed' })],
    ['of a rare status', 5, () => ({ status: 'failed' })],
    ['of a status that none has', 0, () => ({ status: 'cancelled' })],
    ['of a character', LIMIT, () => ({ characterId })],
    ['of a character and a rare status', 5, () => ({ characterId, status: 'failed' })],
    ['of those that are liked', 50, () => ({ liked: true })],
    ['of a character that are liked', 40, () => ({ characterId, liked: true })],
    ['of a rare status that are liked', 1, () => ({ status: 'failed', liked: true })],
    ['of those that are not liked', LIMIT, () => ({ liked: false })],
    ['of all three', 39, () => ({ characterId, status: 'completed', liked: true })],
  ])('%s', async (_, rows, request) => {
    expect(await page(request())).toHaveLength(rows);
    const { nodes, blocks } = await planOf(request());
    if (rows === LIMIT) expect(nodes).toEqual(['Limit', 'Index Scan']);
    expect(blocks).toBeLessThan(FEW_BLOCKS);
  });

  it('deep down as well as at the top', async () => {
    for (const filter of [{}, { status: 'completed' }, { liked: false }] as const) {
      const [first] = await page({ ...filter, limit: 1 });
      const after = {
        createdAt: new Date((first?.createdAt.getTime() ?? 0) - 9_500 * 60_000),
        id: first?.id as string,
      };
      expect(await page({ ...filter, after })).toHaveLength(LIMIT);
      const { nodes, blocks } = await planOf({ ...filter, after });
      expect(nodes).toEqual(['Limit', 'Index Scan']);
      expect(blocks).toBeLessThan(FEW_BLOCKS);
    }
  });

  it('but at worst, where the few that are not liked are the oldest, all are looked through once', async () => {
    await app.database.write((queries) =>
      queries.execute(sql`update images set liked_at = case when status = 'failed' then null else now() end`),
    );
    await app.database.write((queries) => queries.execute(sql`vacuum analyze images`));
    expect(await page({ liked: false })).toHaveLength(5);
    // No index has them: nearly always most are not liked, and the first ones will do.
    expect((await planOf({ liked: false })).blocks).toBeLessThan(5_000);
  });
});
