import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { register } from 'prom-client';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';

let server: ProvidedDatabase;
let app: DatabaseApp;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url, poolSize: 2 });
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

async function shown(): Promise<Record<string, number>> {
  const text = await register.metrics();
  return Object.fromEntries(
    [...text.matchAll(/^database_pool_(\w+) (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}

it('shows connections at work and callers who wait for one', async () => {
  expect(await shown()).toEqual({ connections_used: 0, connections_max: 2, waiting: 0 });
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const works = Array.from({ length: 3 }, () => app.database.read(() => finished));
  // The third finds none: the first two have got theirs when it is shown to wait.
  const deadline = Date.now() + 20_000;
  while ((await shown())['connections_used'] !== 2 && Date.now() < deadline) await new Promise(setImmediate);
  expect(await shown()).toEqual({ connections_used: 2, connections_max: 2, waiting: 1 });
  finish();
  await Promise.all(works);
  expect(await shown()).toEqual({ connections_used: 0, connections_max: 2, waiting: 0 });
});
