import { executeSql, until } from '@sluice/testing-servers';

/** Gives a user finished images, the newest of now and each other a minute older, by SQL. */
export async function giveImages(databaseUrl: string, ownerId: string, count: number): Promise<void> {
  await executeSql(
    databaseUrl,
    `insert into images (id, owner_id, status, prompt, seed, width, height, created_at, completed_at, file_key,
       thumb_key, content_type, bytes, sha256)
     select gen_random_uuid(), '${ownerId}', 'completed', 'number ' || n, '1', 64, 64,
       now() - n * interval '1 minute', now(), 'f-' || n, 't-' || n, 'image/png', 1, repeat('a', 64)
     from generate_series(1, ${count}) n`,
  );
  await executeSql(databaseUrl, 'vacuum analyze images');
}

/** How often an index was asked so far, and how many rows that brought; by all whose connections have ended. */
export async function useOfIndex(
  databaseUrl: string,
  name: string,
): Promise<{ scans: number; rows: number }> {
  await until('nobody else is connected', async () => {
    const others = `select count(*) as count from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    return (await executeSql(databaseUrl, others))[0]?.['count'] === '0';
  });
  const [use] = await executeSql(
    databaseUrl,
    `select idx_scan, idx_tup_read from pg_stat_user_indexes where indexrelname = '${name}'`,
  );
  if (!use) throw new Error(`There is no index ${name}.`);
  return { scans: Number(use['idx_scan']), rows: Number(use['idx_tup_read']) };
}
