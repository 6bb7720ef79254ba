import { randomUUID } from 'node:crypto';
import { provideDatabase, type ProvidedDatabase } from '@sluice/testing-servers';
import { type DatabaseApp, startDatabaseApp } from '../../testing/database-app';
import { CharacterRepository } from '../characters/character.repository';
import { UserRepository } from '../users/user.repository';
import type { NewImage } from './image';
import { ImageRepository } from './image.repository';

let server: ProvidedDatabase;
let app: DatabaseApp;
let images: ImageRepository;
let ownerId: string;
let stranger: string;

beforeAll(async () => {
  server = await provideDatabase();
  app = await startDatabaseApp({ url: server.url });
  images = app.get(ImageRepository);
  const users = app.get(UserRepository);
  ({ id: ownerId } = await users.create({ email: 'owner@example.com', passwordHash: 'h' }));
  ({ id: stranger } = await users.create({ email: 'stranger@example.com', passwordHash: 'h' }));
});

afterAll(async () => {
  await app?.close();
  await server?.stop();
});

const make = (more: Partial<NewImage> = {}) =>
  images.create({ ownerId, prompt: 'a sluice at dawn', seed: '1', width: 512, height: 768, ...more });

it('keeps an image whole, the largest seed included', async () => {
  const seed = String(2n ** 64n - 1n);
  const image = await make({ seed });
  expect(image).toEqual({
    id: expect.any(String) as string,
    ownerId,
    characterId: null,
    status: 'queued',
    prompt: 'a sluice at dawn',
    negativePrompt: null,
    seed,
    width: 512,
    height: 768,
    liked: false,
    file: null,
    error: null,
    createdAt: expect.any(Date) as Date,
    completedAt: null,
  });
  expect(await images.findById(image.id)).toEqual(image);
});

it.each([
  ...[String(2n ** 64n), '9'.repeat(20), '-1', '1.5', '1e3', '007', ' 7', '', 'NaN'].map((seed) => ({
    seed,
  })),
  { width: 63 },
  { width: 513 },
])('refuses %p', async (wrong) => {
  await expect(make(wrong)).rejects.toMatchObject({ code: 'DATABASE_INVALID' });
});

describe('under an id that was chosen', () => {
  it('an image is made once, and found afterwards, whatever has become of it', async () => {
    const id = randomUUID();
    const made = await make({ id });
    expect(made.id).toBe(id);
    expect(await make({ id, prompt: 'another' })).toEqual(made);
    await images.like(id, ownerId);
    await images.softDelete(id, ownerId);
    expect(await make({ id })).toEqual({ ...made, liked: true, status: 'cancelled' });
    expect(await images.findById(id)).toBeNull();
  });

  it('one is made by many at once', async () => {
    for (let round = 0; round < 5; round++) {
      const id = randomUUID();
      const made = await Promise.all(Array.from({ length: 10 }, (_, n) => make({ id, prompt: `${n}` })));
      expect(made).toEqual(Array(10).fill(made[0]));
    }
  });

  it('nobody gets at somebody else’s', async () => {
    const { id } = await make();
    await expect(make({ id, ownerId: stranger })).rejects.toMatchObject({
      code: 'DATABASE_CONFLICT',
      outcome: 'not-executed',
      constraint: 'images_pkey',
    });
  });
});

it('lists by character, status and like, newest first, and forgets what was deleted', async () => {
  const { id: characterId } = await app
    .get(CharacterRepository)
    .create({ ownerId: stranger, name: 'Mia', handle: 'mia' });
  const first = await make({ characterId });
  const second = await make();
  const third = await make({ characterId });
  const ids = async (filter: Partial<Parameters<ImageRepository['list']>[1]>) =>
    (await images.list(ownerId, { limit: 100, ...filter })).map(({ id }) => id);

  expect(await ids({ characterId })).toEqual([third.id, first.id]);
  expect(await ids({ limit: 1 })).toEqual([third.id]);
  expect((await ids({ after: third }))[0]).toBe(second.id);
  expect(await ids({ status: 'completed' })).toEqual([]);
  expect(await images.list(stranger, { limit: 100 })).toEqual([]);

  expect(await images.like(first.id, stranger)).toBe(false);
  expect(await images.like(first.id, ownerId)).toBe(true);
  expect(await images.like(first.id, ownerId)).toBe(true);
  expect(await images.findById(first.id)).toEqual({ ...first, liked: true });
  expect(await ids({ liked: true })).toEqual([first.id]);
  expect(await ids({ liked: false })).not.toContain(first.id);
  expect(await images.unlike(first.id, stranger)).toBe(false);
  expect(await images.unlike(first.id, ownerId)).toBe(true);
  expect(await images.unlike(first.id, ownerId)).toBe(true);
  expect(await ids({ liked: true })).toEqual([]);

  expect(await images.softDelete(first.id, stranger)).toBe(false);
  expect(await images.softDelete(first.id, ownerId)).toBe(true);
  expect(await images.softDelete(first.id, ownerId)).toBe(false);
  expect(await images.findById(first.id)).toBeNull();
  expect(await images.like(first.id, ownerId)).toBe(false);
  expect(await ids({ characterId })).toEqual([third.id]);
});
