import { freemem, totalmem } from 'node:os';
import { objectInfo } from '../../nodes/object-info';
import type { Instance } from '../../instance';
import { type Answer, empty, json } from '../answer';
import type { Route } from '../router';

/** What the server says of itself, its nodes and its models. */
export function infoRoutes(server: Instance): Route[] {
  const { classes, dialect, surroundings } = server;
  const infoOf = (names: Iterable<string>) =>
    Object.fromEntries(
      [...names].flatMap((name) => {
        const node = classes.get(name);
        return node ? [[name, objectInfo(node, surroundings)]] : [];
      }),
    );
  return [
    { method: 'GET', path: '/system_stats', answer: () => systemStats(server) },
    { method: 'GET', path: '/features', answer: () => json(dialect.features) },
    { method: 'GET', path: '/object_info', answer: () => json(infoOf(classes.keys())) },
    // An unknown class is an empty object.
    {
      method: 'GET',
      path: '/object_info/:name',
      answer: ({ params }) => json(infoOf([params['name'] as string])),
    },
    { method: 'GET', path: '/models', answer: () => json(dialect.modelFolders) },
    {
      method: 'GET',
      path: '/models/:folder',
      answer: ({ params }) => models(server, params['folder'] as string),
    },
    { method: 'GET', path: '/embeddings', answer: () => json([]) },
    { method: 'GET', path: '/extensions', answer: () => json([]) },
    { method: 'GET', path: '/', answer: () => frontPage(server) },
  ];
}

function systemStats({ dialect }: Instance): Answer {
  const [total, free] = [totalmem(), freemem()];
  const { os, ...rest } = dialect.system;
  return json({
    system: { os: os ?? null, ram_total: total, ram_free: free, ...rest },
    devices: [
      {
        name: 'cpu',
        type: 'cpu',
        index: null,
        vram_total: total,
        vram_free: free,
        torch_vram_total: total,
        torch_vram_free: free,
      },
    ],
  });
}

function models({ dialect, surroundings }: Instance, folder: string): Answer {
  if (!dialect.modelFolders.includes(folder)) return empty(404);
  return json(folder === 'checkpoints' ? surroundings.checkpoints() : []);
}

function frontPage({ dialect }: Instance): Answer {
  const body = `<!doctype html><title>ComfyUI simulator</title><p>This simulates ComfyUI ${dialect.version}: HTTP and WebSocket, no page.</p>\n`;
  return { status: 200, headers: { 'content-type': 'text/html' }, body };
}
