import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { checkImageJobs } from '../../testing/image-job-model/check-image-jobs';
import { type ImageJobWorld, makeImageJobWorld } from '../../testing/image-job-model/image-job-world';

const EVERY_OUTCOME = [
  ...['enqueue: queued', 'enqueue: over-quota', 'claim: generating', 'claim: null'],
  ...['adopt: generating', 'adopt: cancelling', 'adopt: null', 'renew: true', 'renew: false'],
  ...['markSent: generating', 'markSent: cancelling', 'markSent: null', 'complete: true', 'complete: false'],
  ...['fail: true', 'fail: false', 'markCancelled: true', 'markCancelled: false'],
  ...['requeue: queued', 'requeue: cancelled', 'requeue: null', 'softDelete: true', 'softDelete: false'],
  ...['requestCancel: cancelled now', 'requestCancel: cancelling now', 'requestCancel: cancelling'],
  ...[
    'requestCancel: cancelled',
    'requestCancel: completed',
    'requestCancel: failed',
    'requestCancel: undefined',
  ],
  ...['orphanExpired: true', 'orphanExpired: false', 'handOver: true', 'handOver: false'],
];

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

it('whatever happens in whatever order, jobs do what their model does', async () => {
  const { failure, seen } = await checkImageJobs(world, { seed: 1, sequences: 60 });
  expect(failure).toBeUndefined();
  // If they did not come to all of these, the sequences would show little.
  expect(EVERY_OUTCOME.filter((outcome) => !seen.includes(outcome))).toEqual([]);
});
