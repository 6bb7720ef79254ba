import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { provideDatabase, provideRedis, startPostgres, startRedis } from '../index';
import { readInstallation } from './installation';
import { executeSql } from './postgres/execute-sql';
import { pollUntil } from './process/poll-until';
import { childrenOf, isAlive } from './process/process-tree';

describe('Redis', () => {
  it('is frozen, thawed, killed, restarted empty and stopped', async () => {
    const redis = await startRedis({ password: 'p@ss #%' });
    expect(await redis.cli('SET', 'a', '1')).toBe('OK');

    redis.freeze();
    const answer = redis.cli('GET', 'a');
    expect(await Promise.race([answer, notYet()])).toBe('nothing yet');
    redis.thaw();
    expect(await answer).toBe('1');

    await redis.cli('SAVE');
    await redis.kill();
    expect(redis.running).toBe(false);
    await expect(redis.cli('PING')).rejects.toThrow(/refused/);
    await redis.restart();
    expect(await redis.cli('GET', 'a')).toBe('');

    const { pid } = redis;
    redis.freeze();
    await Promise.all([redis.stop(), redis.stop()]);
    expect(isAlive(pid)).toBe(false);
  });

  it('begins empty, whatever another one has saved', async () => {
    const first = await startRedis();
    await first.cli('SET', 'a', '1');
    await first.cli('SAVE');
    const second = await startRedis();
    expect(await second.cli('DBSIZE')).toBe('0');
    await Promise.all([first.stop(), second.stop()]);
  });

  it('says what the server said when it does not start, and what a command was refused for', async () => {
    await expect(startRedis({ args: ['--nonsense', '1'] })).rejects.toThrow(/nonsense/i);
    const redis = await provideRedis();
    await expect(redis.cli('NONSENSE')).rejects.toThrow(/unknown command/);
    await redis.stop();
  });

  it('does not take another server on its port for its own', async () => {
    const first = await startRedis();
    await expect(startRedis({ port: first.port })).rejects.toThrow(/address already in use/i);
    await first.stop();
  });
});

describe('PostgreSQL', () => {
  const given = process.env['DATABASE_URL'];
  afterEach(() => {
    if (given === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = given;
  });

  it('is frozen with its backends, killed, and keeps what was committed over a restart', async () => {
    const postgres = await startPostgres();
    await executeSql(postgres.url, 'create table t as select 7 as n');

    postgres.freeze();
    const answer = executeSql(postgres.url, 'select n from t');
    expect(await Promise.race([answer, notYet()])).toBe('nothing yet');
    postgres.thaw();
    await answer;

    await postgres.kill();
    await expect(executeSql(postgres.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    await postgres.restart();
    const rows = await executeSql(postgres.url, "select n, null as nothing, 'é' || n as text from t");
    expect(rows).toEqual([{ n: '7', nothing: null, text: 'é7' }]);

    const processes = [postgres.pid, ...childrenOf(postgres.pid)];
    postgres.freeze();
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(await pollUntil(() => !processes.some(isAlive), 30_000)).toBe(true);
  });

  it('keeps a data directory between runs, in the hands of one server, whatever its lock file says', async () => {
    const dataDirectory = scratchPath('kept');
    const first = await startPostgres({ dataDirectory });
    await executeSql(first.url, 'create table t ()');
    await expect(startPostgres({ dataDirectory })).rejects.toThrow(
      `is in use by another PostgreSQL (process ${first.pid})`,
    );
    await first.kill();

    // The number in the lock file now belongs to a process that has nothing to do with it.
    await writeFile(join(dataDirectory, 'postmaster.pid'), `${process.pid}\n${dataDirectory}\n`);
    const second = await startPostgres({ dataDirectory });
    await executeSql(second.url, 'select from t');
    await second.stop();

    await writeFile(join(dataDirectory, 'PG_VERSION'), '9\n');
    await expect(startPostgres({ dataDirectory })).rejects.toThrow(/made by PostgreSQL 9/);
    await rm(dataDirectory, { recursive: true });
  });

  it('hands out a fresh database each time, also on the server of DATABASE_URL that wants a password', async () => {
    const dataDirectory = scratchPath('password');
    const server = await startPostgres({ dataDirectory });
    const url = new URL(server.url);
    const password = 'p@ss #%';
    url.password = encodeURIComponent(password);
    await executeSql(server.url, `alter user postgres password '${password}'`);
    await writeFile(join(dataDirectory, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
    await executeSql(server.url, 'select pg_reload_conf()');
    const passwordIsWanted = () =>
      executeSql(server.url, 'select 1').then(
        () => false,
        (error: Error) => /password authentication failed/.test(error.message),
      );
    expect(await pollUntil(passwordIsWanted, 30_000)).toBe(true);

    process.env['DATABASE_URL'] = url.href;
    const [a, b] = await Promise.all([provideDatabase(), provideDatabase()]);
    await executeSql(a.url, 'create table t ()');
    await expect(executeSql(b.url, 'select from t')).rejects.toThrow(/does not exist/);
    await Promise.all([a.stop(), b.stop()]);
    await a.stop();
    await expect(executeSql(a.url, 'select 1')).rejects.toThrow(/does not exist/);
    await server.stop();
    await rm(dataDirectory, { recursive: true });
  });

  it('drops a database that is not its own user’s alone, as when the server tidies it up', async () => {
    const server = await startPostgres();
    await executeSql(server.url, 'create role dev login createdb');
    const given = new URL(server.url);
    given.username = 'dev';
    process.env['DATABASE_URL'] = given.href;
    const database = await provideDatabase();

    const superuser = new URL(database.url);
    superuser.username = 'postgres';
    const tidying = executeSql(superuser.href, 'select pg_sleep(3)');
    const others = `select from pg_stat_activity where query like '%pg_sleep(3)' and datname = '${superuser.pathname.slice(1)}'`;
    expect(await pollUntil(async () => (await executeSql(server.url, others)).length > 0, 30_000)).toBe(true);
    await database.stop();
    await tidying;
    await expect(executeSql(database.url, 'select 1')).rejects.toThrow(/does not exist/);
    await server.stop();
  });
});

// Only root can give a folder away.
(process.getuid?.() === 0 ? it : it.skip)('root goes on with the data of an ordinary user', async () => {
  const dataDirectory = scratchPath('owned');
  const first = await startPostgres({ dataDirectory });
  await executeSql(first.url, 'create table kept ()');
  await first.stop();
  execFileSync('chown', ['-R', '12345:12345', dataDirectory]);

  const second = await startPostgres({ dataDirectory });
  await executeSql(second.url, 'select from kept');
  await executeSql(second.url, 'create table another ()');
  await second.stop();
  const names = readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' });
  const owners = new Set(names.map((name) => statSync(join(dataDirectory, name)).uid));
  expect(owners).toEqual(new Set([12345]));
  await rm(dataDirectory, { recursive: true });
});

it('no server outlives the process that started it, frozen ones included', async () => {
  const script = `
    require('@sluice/testing-servers/register');
    const { startRedis, startPostgres } = require(${JSON.stringify(join(__dirname, '../index.ts'))});
    Promise.all([startRedis(), startRedis(), startPostgres(), startPostgres()]).then((servers) => {
      servers[1].freeze();
      servers[3].freeze();
      console.log(JSON.stringify(servers.map((server) => server.pid)));
    });
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const servers = JSON.parse(line.toString()) as number[];
  const all = [...servers, ...servers.flatMap(childrenOf)];
  expect(all.every(isAlive)).toBe(true);

  parent.kill('SIGKILL');
  expect(await pollUntil(() => !all.some(isAlive), 30_000)).toBe(true);
  const scratch = join(readInstallation().dataDirectory, 'scratch');
  const leftOver = () => readdirSync(scratch).some((name) => name.includes(`-${parent.pid}-`));
  expect(await pollUntil(() => !leftOver(), 30_000)).toBe(true);
});

function notYet(): Promise<string> {
  return pause(300, 'nothing yet');
}

function scratchPath(name: string): string {
  return join(
    readInstallation().dataDirectory,
    'scratch',
    `${name}-${process.pid}-${randomBytes(4).toString('hex')}`,
  );
}
