import { executeSql } from '@sluice/testing-servers';
import { IMAGES_OF_COLLECTOR, IMAGES_OF_EACH, USERS } from './users.mjs';

/** As `userAt` has it. */
const idOf = (what, index) =>
  `overlay(overlay(md5('${what} ' || ${index}) placing '4' from 13) placing '8' from 17)::uuid`;

/** Users whose images go into one statement: it is given 15 s, on the slowest of machines too. */
const AT_ONCE = 500;
const PROMPT =
  'a lighthouse on a cliff at dusk, waves below, warm light in its windows, painted in oil, number ';

/** Users with a session, a character and finished images each, in a database whose tables are there. */
export async function seed(url) {
  const run = (statement) => executeSql(url, statement);
  const each = `generate_series(0, ${USERS}) n`;
  await run(`insert into users (id, email, password_hash)
    select ${idOf('user', 'n')}, 'user-' || n || '@example.com', 'none' from ${each}`);
  await run(`insert into sessions (id, user_id, expires_at)
    select ${idOf('session', 'n')}, ${idOf('user', 'n')}, now() + interval '1 day' from ${each}`);
  await run(`insert into characters (id, owner_id, name, handle, config)
    select ${idOf('character', 'n')}, ${idOf('user', 'n')}, 'Character ' || n, 'character_' || n,
      '{"style": "photo", "age": 42, "appearance": "grey beard, raincoat", "bio": "keeps the light"}'
    from ${each}`);
  for (let from = 0; from < USERS; from += AT_ONCE)
    await run(imagesOf(from, Math.min(from + AT_ONCE, USERS) - 1));
  await run(imagesOf(USERS, USERS, IMAGES_OF_COLLECTOR));
  await run('vacuum analyze');
}

function imagesOf(from, to, each = IMAGES_OF_EACH) {
  return `insert into images (id, owner_id, character_id, status, prompt, seed, width, height, created_at,
      completed_at, file_key, thumb_key, content_type, bytes, sha256)
    select ${idOf('image', `(n * ${IMAGES_OF_EACH} + at)`)}, ${idOf('user', 'n')}, ${idOf('character', 'n')},
      'completed', '${PROMPT}' || at, '18446744073709551615', 512, 512, now() - at * interval '1 minute', now(),
      'file-' || n || '-' || at, 'thumb-' || n || '-' || at, 'image/png', 123456, repeat('a', 64)
    from generate_series(${from}, ${to}) n, generate_series(0, ${each - 1}) at`;
}
