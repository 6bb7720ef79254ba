import { randomBytes } from 'node:crypto';
import { Advice, say, sayError } from '../process/say.mjs';
import { apiUrl } from '../serve/api-address.mjs';
import { DemoApi } from './demo-api.mjs';
import { followImage } from './follow-image.mjs';
import { ProgressBar } from './progress-bar.mjs';

const characters = [
  {
    name: 'Mira',
    handle: 'mira',
    config: { style: 'illustration', appearance: 'red scarf, short black hair' },
  },
  { name: 'Tomas', handle: 'tomas', config: { style: 'photo', age: 61, appearance: 'grey beard, raincoat' } },
  { name: 'Ada', handle: 'ada', config: { style: 'anime', appearance: 'goggles, ink on her hands' } },
];
const scenes = ['at the harbour at dawn', 'in a library', 'on a night train', 'under an apple tree'];
/** All of it, with the slowest of machines. */
const patience = 10 * 60_000;

// A request that is never answered leaves nothing behind that keeps a process alive, its time limit included.
const awake = setInterval(() => undefined, 60_000);
try {
  await fillGallery();
} catch (error) {
  sayError(error);
  process.exit(1);
} finally {
  clearInterval(awake);
}

async function fillGallery() {
  const signal = AbortSignal.timeout(patience);
  const account = {
    email: `demo-${Date.now()}@example.com`,
    password: randomBytes(12).toString('base64url'),
  };
  const api = await DemoApi.register(apiUrl(), account, signal);
  say(`Registered ${account.email}.`);

  const made = [];
  for (const character of characters) made.push(await api.post('/api/characters', character));
  say(`Made the characters ${made.map(({ name }) => name).join(', ')}.`);

  const images = [];
  for (const { id, name } of made) {
    for (const scene of scenes) {
      const wish = { characterId: id, prompt: `${name} ${scene}`, width: 512, height: 512 };
      images.push(await api.post('/api/images', wish));
    }
  }
  say(`Asked for ${images.length} images.`);

  const bar = new ProgressBar(images.length);
  const ended = await Promise.all(
    images.map((image, index) => followImage(apiUrl(), image, (state) => bar.show(index, state), signal)),
  );
  bar.end();
  const completed = ended.filter(({ status }) => status === 'completed').length;
  if (completed < images.length) {
    const reasons = new Set(ended.flatMap(({ error }) => (error ? [error.message ?? error.code] : [])));
    throw new Advice(
      `Only ${completed} of ${images.length} images were completed: ${[...reasons].join('; ')}`,
    );
  }
  say(`All ${completed} are there. Look at them: ${apiUrl()}/gallery`);
  say(`Sign in as ${account.email} with the password ${account.password}`);
}
