import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ScramClient } from './scram';

const within = 15_000;

/** Values as PostgreSQL writes them, by the names of their columns. */
export type SqlRow = Record<string, string | null>;

/**
 * Runs one statement on a PostgreSQL server by the simple query protocol. It is here because the programs of the
 * embedded PostgreSQL include no `psql`, and a database driver has no business in this library.
 * @param url `postgres://user:password@host:port/database`; `?sslmode=require` and stricter ask for TLS
 * @returns its rows; of several statements, those of all
 * @throws Error with the server's message, or when it has not finished within 15 s; never with the password
 */
export async function executeSql(url: string, statement: string): Promise<SqlRow[]> {
  const target = new URL(url);
  const database = decodeURIComponent(target.pathname.slice(1));
  const user = decodeURIComponent(target.username) || 'postgres';
  const socket = await open(target);
  try {
    socket.setTimeout(within, () =>
      socket.destroy(new Error(`PostgreSQL did not answer within ${within / 1000} s.`)),
    );
    socket.write(packet('', int32(196_608), text('user', user, 'database', database || user), Buffer.of(0)));
    return await converse(socket, user, decodeURIComponent(target.password), statement);
  } finally {
    socket.destroy();
  }
}

async function converse(
  socket: Socket,
  user: string,
  password: string,
  statement: string,
): Promise<SqlRow[]> {
  const scram = new ScramClient(password);
  const rows: SqlRow[] = [];
  let columns: string[] = [];
  let asked = false;
  for await (const { type, body } of messages(socket)) {
    if (type === 'E') throw new Error(`PostgreSQL says: ${errorMessage(body)}`);
    if (type === 'R') {
      const reply = authenticate(body, scram, user, password);
      if (reply) socket.write(packet('p', reply));
    }
    if (type === 'T') columns = columnNames(body);
    if (type === 'D') rows.push(rowOf(columns, body));
    if (type === 'Z' && asked) return rows;
    if (type === 'Z') {
      socket.write(packet('Q', text(statement)));
      asked = true;
    }
  }
  throw new Error('PostgreSQL closed the connection.');
}

/** Answers one authentication request; undefined when nothing is to be sent. */
function authenticate(body: Buffer, scram: ScramClient, user: string, password: string): Buffer | undefined {
  const kind = body.readInt32BE(0);
  const rest = body.subarray(4);
  if (kind === 0) return undefined;
  if (kind === 3) return text(password);
  if (kind === 5) return text(`md5${md5(Buffer.concat([Buffer.from(md5(password + user)), rest]))}`);
  if (kind === 10 && rest.includes('SCRAM-SHA-256\0')) {
    const first = Buffer.from(scram.first());
    return Buffer.concat([text('SCRAM-SHA-256'), int32(first.length), first]);
  }
  if (kind === 11) return Buffer.from(scram.final(rest.toString()));
  if (kind === 12) return void scram.verify(rest.toString());
  throw new Error(`PostgreSQL asks for a kind of authentication (${kind}) that is not spoken here.`);
}

async function* messages(socket: Socket): AsyncGenerator<{ type: string; body: Buffer }> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 5) {
      const end = 1 + pending.readInt32BE(1);
      if (pending.length < end) break;
      yield { type: String.fromCharCode(pending[0] ?? 0), body: pending.subarray(5, end) };
      pending = pending.subarray(end);
    }
  }
}

async function open(target: URL): Promise<Socket> {
  const host = target.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const signal = AbortSignal.timeout(within);
  const socket = connect({ host, port: Number(target.port || 5432) });
  await once(socket, 'connect', { signal });
  const mode = target.searchParams.get('sslmode') ?? 'disable';
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) return socket;

  socket.write(Buffer.concat([int32(8), int32(80_877_103)]));
  const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
  if (answer.toString() !== 'S')
    throw new Error('PostgreSQL offers no TLS, and the connection string asks for it.');
  const servername = isIP(host) ? undefined : host;
  const secure = connectTls({ socket, servername, rejectUnauthorized: mode !== 'require' });
  await once(secure, 'secureConnect', { signal });
  return secure;
}

function packet(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function text(...values: string[]): Buffer {
  return Buffer.from(values.map((value) => `${value}\0`).join(''));
}

function md5(value: string | Buffer): string {
  return createHash('md5').update(value).digest('hex');
}

/** How many there are, and for each its name and 18 bytes about its type. */
function columnNames(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; names.length < body.readInt16BE(0);) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 1 + 18;
  }
  return names;
}

/** How many there are, and for each its length, −1 for null, and its text. */
function rowOf(columns: readonly string[], body: Buffer): SqlRow {
  let at = 2;
  const next = (): string | null => {
    const length = body.readInt32BE(at);
    const start = (at += 4);
    if (length < 0) return null;
    return body.toString('utf8', start, (at = start + length));
  };
  return Object.fromEntries(columns.map((name) => [name, next()]));
}

/** The field `M` of an error is its message; others may repeat values. */
function errorMessage(body: Buffer): string {
  const field = body
    .toString()
    .split('\0')
    .find((part) => part.startsWith('M'));
  return field?.slice(1) ?? 'an error without a message';
}
