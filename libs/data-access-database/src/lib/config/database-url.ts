import { Client } from 'pg';

const SHAPE = 'postgres://user:password@host:5432/database';

/** What is wrong with a connection string, or undefined. Nothing of it is repeated, for it holds a password. */
export function problemOfUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) return `must look like ${SHAPE}`;
  // `#`, `/` or `?` in a password end the host early: another host would be asked, with half a password.
  const cutShort =
    url.hash !== '' || [url.pathname, ...url.searchParams.keys()].some((part) => part.includes('@'));
  if (cutShort)
    return `must look like ${SHAPE}, with special characters of user and password percent-encoded`;
  try {
    // The driver reads the rest (certificates, sockets, encodings) when a client is made; it does not connect yet.
    new Client({ connectionString: text });
    return undefined;
  } catch {
    return 'is refused by the driver; look at its parameters, such as the files of sslrootcert, sslcert and sslkey';
  }
}
