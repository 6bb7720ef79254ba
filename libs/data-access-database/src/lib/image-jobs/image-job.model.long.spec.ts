import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { checkImageJobs } from '../../testing/image-job-model/check-image-jobs';
import { type ImageJobWorld, makeImageJobWorld } from '../../testing/image-job-model/image-job-world';

let server: ProvidedDatabase;
let app: DatabaseApp;
let world: ImageJobWorld;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  world = await makeImageJobWorld(app);
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

it('jobs do what their model does, in a thousand sequences that nobody has seen before', async () => {
  const seed = Number(process.env['FLEET_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const { failure } = await checkImageJobs(world, { seed, sequences: 1_000 });
  expect(failure && `FLEET_SEED=${seed}\n${failure}`).toBeUndefined();
}, 900_000);
