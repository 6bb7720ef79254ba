import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { UserRepository } from './user.repository';

let server: ProvidedDatabase;
let app: DatabaseApp;
let users: UserRepository;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  users = app.get(UserRepository);
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

it('keeps a user and finds it by id and by e-mail in any case', async () => {
  const ada = await users.create({ email: 'Ada@Example.com', passwordHash: 'h1' });
  expect(ada).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
    email: 'Ada@Example.com',
    passwordHash: 'h1',
    createdAt: expect.any(Date) as Date,
  });
  expect(await users.findById(ada.id)).toEqual(ada);
  expect(await users.findByEmail('aDA@eXAMPLE.COM')).toEqual(ada);
  expect(await users.findByEmail('ada@example.org')).toBeNull();

  expect(await users.setPasswordHash(ada.id, 'h2')).toBe(true);
  expect((await users.findById(ada.id))?.passwordHash).toBe('h2');
  expect(await users.setPasswordHash('01900000-0000-7000-8000-000000000000', 'h3')).toBe(false);
});

it('gives an e-mail to one of many who register it at once, in whatever case', async () => {
  const spellings = ['grace@example.com', 'GRACE@example.com', 'Grace@Example.com', 'gRaCe@example.COM'];
  const results = await Promise.allSettled(
    spellings.map((email) => users.create({ email, passwordHash: 'h' })),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(spellings.length - 1);
  for (const { reason } of refused) {
    expect(reason).toMatchObject({
      code: 'DATABASE_CONFLICT',
      constraint: 'users_email_key',
      sqlState: '23505',
    });
  }
});
