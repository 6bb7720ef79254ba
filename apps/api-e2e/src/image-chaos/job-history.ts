import { executeSql, type SqlRow } from '@sluice/testing-servers';

/** What a row was like right after somebody had written it, even if that changed nothing. */
export interface JobMoment {
  id: string;
  /** ms of the clock that all processes share. */
  at: number;
  /** Which process changed it, by its APP_NAME. */
  writer: string;
  status: string;
  fence: number;
  /** The process that holds it, by its pid. */
  holder: number | null;
  promptId: string | null;
  sent: boolean;
  fileKey: string | null;
}

const FINAL = ['completed', 'failed', 'cancelled'];

export const isFinal = (status: string) => FINAL.includes(status);

/** From here on the database notes who writes what to which job; renewals of leases left out. */
export async function recordHistory(databaseUrl: string): Promise<void> {
  const columns = 'status, fence, runner, server, prompt_id, sent_at, file_key';
  const row = (name: string) => `(${columns.replaceAll(/\w+/g, (column) => `${name}.${column}`)})`;
  await executeSql(
    databaseUrl,
    `create table job_history (n bigserial, at timestamptz, writer text, id uuid, status text, fence bigint,
       runner text, prompt_id uuid, sent boolean, file_key text);
     create function note_job() returns trigger language plpgsql as $$ begin
       insert into job_history (at, writer, id, status, fence, runner, prompt_id, sent, file_key)
       values (clock_timestamp(), current_setting('application_name'), new.id, new.status, new.fence, new.runner,
         new.prompt_id, new.sent_at is not null, new.file_key);
       return null;
     end $$;
     create trigger note_new after insert on images for each row execute function note_job();
     create trigger note_change after update on images for each row
       when (${row('old')} is distinct from ${row('new')} or old.leased_until is not distinct from new.leased_until)
       execute function note_job();`,
  );
}

/** What has become of every job, oldest moment first. */
export async function readHistory(databaseUrl: string): Promise<Map<string, JobMoment[]>> {
  const rows = await executeSql(
    databaseUrl,
    'select *, extract(epoch from at) * 1000 as ms from job_history order by n',
  );
  const history = new Map<string, JobMoment[]>();
  for (const moment of rows.map(asMoment)) {
    history.set(moment.id, [...(history.get(moment.id) ?? []), moment]);
  }
  return history;
}

/** The pids of the processes that hold jobs. */
export async function holders(databaseUrl: string): Promise<Set<number>> {
  const rows = await executeSql(databaseUrl, 'select runner from images where runner is not null');
  return new Set(rows.map(({ runner }) => pidOf(runner)));
}

function asMoment(row: SqlRow): JobMoment {
  return {
    id: String(row['id']),
    at: Number(row['ms']),
    writer: String(row['writer']),
    status: String(row['status']),
    fence: Number(row['fence']),
    holder: row['runner'] === null ? null : pidOf(row['runner']),
    promptId: row['prompt_id'] ?? null,
    sent: row['sent'] === 't',
    fileKey: row['file_key'] ?? null,
  };
}

/** A runner is called `<host>:<pid>:<something that nobody else has>`. */
function pidOf(runner: string | null | undefined): number {
  return Number(runner?.split(':').at(-2));
}
