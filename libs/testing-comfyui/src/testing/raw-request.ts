import { type IncomingMessage, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Sends exactly these headers and bytes, on a connection of its own. @throws the system's error when nobody answers */
export async function rawRequest(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<RawAnswer> {
  const response = await openRequest(base, method, path, headers, body);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const given = response.headers as Record<string, string | undefined>;
  return { status: response.statusCode ?? 0, headers: given, body: Buffer.concat(chunks) };
}

/** The same, with the body still to be read. */
export function openRequest(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Buffer | string,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    // No agent: a connection kept from before would not outlive a restart of the server.
    const call = request({ hostname, port, method, path, headers, agent: false }, resolve);
    call.on('error', reject);
    call.end(body);
  });
}
