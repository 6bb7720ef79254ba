import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from './client';

interface Image {
  id: string;
  status: string;
  progress: number;
  links: { events: string; file?: string };
}

/** From when it was asked for; an outage of some seconds included. */
const ENDS_WITHIN_MS = 90_000;
const FINAL = ['completed', 'failed', 'cancelled'];

/** Asks for images (sometimes twice, by the same key), follows or cancels them, opens the file, and deletes them. */
export async function paint(client: Client): Promise<() => Promise<void>> {
  const { accessToken: token } = await client.register();
  return async () => {
    const body = { prompt: 'a mill', width: 64, height: 64 };
    const ask = { token, body, headers: { 'idempotency-key': randomUUID() } };
    const asked = await client.ask<Image>([202], 'POST', '/api/images', ask);
    const path = `/api/images/${asked.body.id}`;
    if (client.chance(0.5)) {
      const again = await client.ask<Image>([202], 'POST', '/api/images', ask);
      if (again.body.id !== asked.body.id) client.wrong('the same key has made two images');
    }
    const cancelled = client.chance(0.3);
    if (cancelled) {
      await client.think();
      await client.ask([202], 'POST', `${path}/cancel`, { token });
    }
    const deadline = performance.now() + ENDS_WITHIN_MS;
    const end = client.chance(0.5)
      ? await watched(client, asked.body, deadline)
      : await polled(client, path, token, deadline);
    if (end !== 'completed' && !(cancelled && end === 'cancelled')) client.wrong(`${path} is ${end}`);
    if (end === 'completed') await open(client, path, token);
    await client.ask([204], 'DELETE', path, { token });
    client.journal.did(`images ${end}`);
    await client.think();
  };
}

async function open(client: Client, path: string, token: string): Promise<void> {
  const seen = await client.ask<Image>([200], 'GET', path, { token });
  const link = seen.body.links.file;
  if (link === undefined) await client.stale(`${path} at ${seen.instance} has no file`, seen.begunAt);
  else await download(client, link);
  const gallery = await client.ask<{ data: Image[] }>([200], 'GET', '/api/gallery?status=completed', {
    token,
  });
  const shown = gallery.body.data.some(({ id }) => path.endsWith(id));
  if (shown) client.journal.did('galleries seen');
  else await client.stale(`the gallery at ${gallery.instance} does not show ${path}`, gallery.begunAt);
}

async function download(client: Client, link: string): Promise<void> {
  const file = await client.ask<string>([200, 404], 'GET', link);
  const name = link.replace(/[?].*/, '');
  if (file.status === 404) return client.stale(`${name} at ${file.instance} is not there`, file.begunAt);
  if (file.headers.get('content-type') !== 'image/png') client.wrong(`${name} is no PNG`);
  client.journal.did('files opened');
}

/** Asks until it has ended; a status never goes back. */
async function polled(client: Client, path: string, token: string, deadline: number): Promise<string> {
  for (;;) {
    const { body } = await client.ask<Image>([200], 'GET', path, { token });
    if (FINAL.includes(body.status)) return body.status;
    if (performance.now() > deadline) return `still ${body.status}`;
    await pause(250);
  }
}

/** Follows the stream, which is opened again when it ends before the image does, as browsers do. */
async function watched(client: Client, { id, links }: Image, deadline: number): Promise<string> {
  for (;;) {
    const at = client.anywhere();
    const left = Math.max(1_000, Math.ceil(deadline - performance.now()));
    const signal = AbortSignal.timeout(left);
    const response = await fetch(client.urlOf(at) + links.events, { signal }).catch((error: unknown) =>
      client.wrong(`stream of ${id} at ${at}: ${String((error as Error).cause ?? error)}`),
    );
    if (response.status !== 200) client.wrong(`stream of ${id} at ${at}: ${response.status}`);
    const text = await response
      .text()
      .catch((error: unknown) =>
        client.wrong(`stream of ${id} at ${at}: ${String((error as Error).cause ?? error)}`),
      );
    if (!text.startsWith('event: snapshot') && !text.includes('\nevent: snapshot')) {
      client.wrong(`stream of ${id} at ${at} has no snapshot: ${text.slice(0, 200)}`);
    }
    client.journal.did('streams followed');
    const status = [...text.matchAll(/"status":"(\w+)"/g)].at(-1)?.[1] ?? '';
    if (FINAL.includes(status)) return status;
    if (performance.now() > deadline) return `still ${status}`;
  }
}
