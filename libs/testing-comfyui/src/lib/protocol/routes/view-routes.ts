import { createReadStream, statSync } from 'node:fs';
import { basename, posix } from 'node:path';
import { type FileReference, isInside } from '../../files/file-store';
import { hugePng } from '../../painting/huge-png';
import type { Instance } from '../../instance';
import { type Answer, empty } from '../answer';
import type { Call } from '../call';
import type { Route } from '../router';

const contentTypes: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  txt: 'text/plain',
  json: 'application/json',
};

/** `/view`: the bytes of a file. */
export function viewRoutes(server: Instance): Route[] {
  return [{ method: 'GET', path: '/view', answer: (call) => view(server, call) }];
}

function view(server: Instance, call: Call): Answer {
  const filename = call.query('filename');
  const [subfolder, type] = [call.query('subfolder') ?? '', call.query('type') ?? 'output'];
  if (filename === undefined) return empty(404);

  const reference = { filename, subfolder, type } as FileReference;
  const claimed = server.claimed.find(reference);
  const headers = headersFor(server, filename);
  if (claimed && 'hugeBytes' in claimed) {
    const { hugeBytes, announced } = claimed;
    const length = announced && { 'content-length': hugeBytes };
    return { status: 200, headers: { ...headers, ...length }, body: () => hugePng(hugeBytes) };
  }
  if (claimed) return sendFile(claimed.path, headers, call);

  if (filename === '' || filename.startsWith('/') || filename.includes('..')) return empty(400);
  if (!['output', 'input', 'temp'].includes(type)) return empty(400);
  const root = posix.join('/', type);
  if (!isInside(posix.resolve(root, subfolder), root)) return empty(403);
  const path = server.files.find({ ...reference, filename: basename(filename) });
  return path ? sendFile(path, headersFor(server, basename(filename)), call) : empty(404);
}

function headersFor({ dialect }: Instance, filename: string): Record<string, string> {
  const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  return {
    ...(dialect.sendsNosniff && { 'x-content-type-options': 'nosniff' }),
    'content-disposition': `filename="${encodeURI(filename).replaceAll('%20', ' ')}"`,
    'content-type': contentTypes[extension] ?? 'application/octet-stream',
  };
}

/** With ranges, as `aiohttp` serves files. */
function sendFile(path: string, headers: Record<string, string>, call: Call): Answer {
  const { size, mtimeMs, mtime } = statSync(path);
  const common = {
    ...headers,
    etag: `"${BigInt(Math.floor(mtimeMs * 1e6)).toString(16)}-${size.toString(16)}"`,
    'last-modified': mtime.toUTCString(),
    'accept-ranges': 'bytes',
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(call.headers.range ?? '');
  if (!range) {
    return {
      status: 200,
      headers: { ...common, 'content-length': size },
      body: () => createReadStream(path),
    };
  }
  const start = Number(range[1]);
  const end = Math.min(size - 1, range[2] ? Number(range[2]) : size - 1);
  if (start > end) return { status: 416, headers: { 'content-range': `bytes */${size}` }, body: '' };
  return {
    status: 206,
    headers: {
      ...common,
      'content-length': end - start + 1,
      'content-range': `bytes ${start}-${end}/${size}`,
    },
    body: () => createReadStream(path, { start, end }),
  };
}
