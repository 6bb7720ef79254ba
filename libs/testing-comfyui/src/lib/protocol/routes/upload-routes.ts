import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { PythonError } from '../../python/python-error';
import type { FileReference, FolderType } from '../../files/file-store';
import type { Instance } from '../../instance';
import { type Answer, empty, json } from '../answer';
import type { Call } from '../call';
import type { Route } from '../router';

/** `/upload/image`: a file for a LoadImage node. */
export function uploadRoutes(server: Instance): Route[] {
  return [{ method: 'POST', path: '/upload/image', answer: (call) => upload(server, call) }];
}

async function upload({ files }: Instance, call: Call): Promise<Answer> {
  const form = await formOf(call);
  const image = form.get('image');
  if (!(image instanceof File)) return empty(400);
  const type = (form.get('type') as string | null) ?? 'input';
  // The real server runs into an exception here, and so do its clients.
  if (!image.name || !['output', 'input', 'temp'].includes(type))
    throw new PythonError('TypeError', 'no folder');

  const subfolder = (form.get('subfolder') as string | null) ?? '';
  const wanted: FileReference = { filename: image.name, subfolder, type: type as FolderType };
  if (!files.placeFor(wanted)) return empty(400);
  const bytes = Buffer.from(await image.arrayBuffer());
  const overwrite = ['true', '1'].includes(String(form.get('overwrite')));
  const reference = overwrite ? wanted : freeName(wanted, bytes, (file) => files.placeFor(file) as string);

  const path = files.placeFor(reference) as string;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return json({ name: reference.filename, subfolder, type });
}

/** The same name when the same bytes lie there, else `name (1).png` and so on. */
function freeName(
  wanted: FileReference,
  bytes: Buffer,
  pathOf: (file: FileReference) => string,
): FileReference {
  const { name, ext } = posix.parse(wanted.filename);
  for (let n = 0; ; n++) {
    const candidate = { ...wanted, filename: n === 0 ? wanted.filename : `${name} (${n})${ext}` };
    const path = pathOf(candidate);
    if (!existsSync(path) || readFileSync(path).equals(bytes)) return candidate;
  }
}

async function formOf(call: Call): Promise<FormData> {
  const headers = { 'content-type': call.headers['content-type'] ?? '' };
  try {
    return await new Response(new Uint8Array(call.body), { headers }).formData();
  } catch {
    throw new PythonError('AssertionError', 'no multipart body');
  }
}
