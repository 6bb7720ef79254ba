import { sql } from 'drizzle-orm';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { explain } from '../../testing/explain';
import { type ImageJobsApp, startImageJobsApp } from '../../testing/image-jobs-app';
import { nextInTurn } from './claim-next';

let server: ProvidedDatabase;
let app: ImageJobsApp;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startImageJobsApp({ url: server.url });
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

it('what a claim costs does not grow with the jobs that wait', async () => {
  const owners = [await app.anOwner(), await app.anOwner(), await app.anOwner()];
  const look = () => explain(app.database, (queries) => nextInTurn(queries));
  const enqueue = (jobs: number) =>
    app.database.write((queries) =>
      queries.execute(sql`
        insert into images (id, owner_id, prompt, seed, width, height, created_at)
        select gen_random_uuid(), owner, 'p', '1', 64, 64, now() - n * interval '1 second'
        from unnest(${sql.param(owners)}::uuid[]) owner, generate_series(1, ${jobs}::int) n`),
    );
  await enqueue(3_000);
  await app.database.write((queries) => queries.execute(sql`analyze images`));
  const { blocks, indexes } = await look();
  // Three levels of an index and a row for each of three owners, a few times; all rows have hundreds.
  expect(blocks).toBeLessThan(80);
  expect(indexes).toContain('images_queued_idx');
});
