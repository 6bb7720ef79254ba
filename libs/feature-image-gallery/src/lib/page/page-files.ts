import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { etagOf } from '@sluice/util-http';

/** A file of the page, as it is sent. */
export interface PageFile {
  text: string;
  type: string;
  etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of the page by name, read once: what is asked for is looked up here and never becomes a path. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = join(__dirname, 'files');
  return new Map(
    readdirSync(folder).map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const etag = etagOf(createHash('sha256').update(text).digest('base64url').slice(0, 22));
      return [name, { text, type: TYPES[extname(name)] ?? 'application/octet-stream', etag }];
    }),
  );
}
