import { encodePng } from '../lib/painting/png';
import type { RecordedRequest } from './transcript';

/** The body of a recorded request, and the headers that go with it. */
export async function recordedBody(
  request: RecordedRequest,
  translate: (text: string) => string,
): Promise<{ headers: Record<string, string>; body?: Buffer }> {
  const { 'Content-Length': _, ...headers } = request.headers;
  if (request.body !== undefined)
    return { headers, body: Buffer.from(translate(JSON.stringify(request.body))) };
  if (request.body_text !== undefined) return { headers, body: Buffer.from(translate(request.body_text)) };
  if (request.body_note?.startsWith('bytes ')) {
    return { headers, body: Buffer.from(request.body_note.slice(6).replaceAll(' ', ''), 'hex') };
  }
  if (request.body_note?.startsWith('multipart: ')) return multipart(request.body_note, headers);
  return { headers };
}

const note = /^multipart: image=(.*) \((\d+) bytes, (.+)\), (\{.*\})$/;

/** Uploads were recorded as a note: the file's name, size and type, and the other fields. */
async function multipart(text: string, headers: Record<string, string>) {
  const [, filename, size, type, fields] = note.exec(text) ?? [];
  const boundary = /boundary=(.+)$/.exec(headers['Content-Type'] ?? '')?.[1] ?? '';
  const file = type === 'image/png' ? await pngOfSize(Number(size)) : Buffer.alloc(Number(size), 'a');
  const part = (disposition: string, body: Buffer, extra = '') =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${extra}\r\n`),
      body,
      Buffer.from('\r\n'),
    ]);
  const others = Object.entries(JSON.parse(fields ?? '{}') as Record<string, string>);
  const body = Buffer.concat([
    part(`name="image"; filename="${filename}"`, file, `Content-Type: ${type}\r\n`),
    ...others.map(([name, value]) => part(`name="${name}"`, Buffer.from(value))),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { headers, body };
}

/** A PNG of one pixel, and whatever bytes after it make it that long. */
async function pngOfSize(size: number): Promise<Buffer> {
  const png = await encodePng({ width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) }, []);
  return Buffer.concat([png, Buffer.alloc(Math.max(0, size - png.length))]);
}
