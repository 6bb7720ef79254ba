import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { HttpFailure } from './http-failure';

export interface ByteLimits {
  maxBytes: number;
  /** The longest silence in ms. What the reader does meanwhile does not count. */
  silenceMs: number;
  signal: AbortSignal;
  /** What the stream breaks with, for the failure and for the signal's reason. Default: just that. */
  errorFor?: ((failure: unknown) => unknown) | undefined;
}

/**
 * The body of an answer as a stream of its own: it holds the connection only until it is read or destroyed, also when
 * it is destroyed before anybody has read from it, and breaks at each of its limits.
 */
export function limitedBytes(
  response: IncomingMessage,
  { maxBytes, silenceMs, signal, errorFor = (failure) => failure }: ByteLimits,
): Readable {
  let bytes = 0;
  let silence: NodeJS.Timeout | undefined;
  const fail = (failure: unknown) => {
    const error = errorFor(failure);
    stream.destroy(error instanceof Error ? error : new Error('aborted', { cause: error }));
  };
  const hush = () => clearTimeout(silence);
  const listen = () => {
    hush();
    silence = setTimeout(() => fail(new HttpFailure('late', `${silenceMs} ms of silence`)), silenceMs);
  };
  const stop = () => fail(signal.reason);

  const stream = new Readable({
    read() {
      listen();
      response.resume();
    },
    destroy(error, done) {
      hush();
      signal.removeEventListener('abort', stop);
      response.destroy();
      done(error);
    },
  });

  response.pause();
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > maxBytes) {
      fail(new HttpFailure('too-large', `more than ${maxBytes} bytes`));
      return;
    }
    listen();
    if (stream.push(piece)) return;
    hush();
    response.pause();
  });
  response.on('end', () => {
    hush();
    signal.removeEventListener('abort', stop);
    stream.push(null);
  });
  response.on('error', () => fail(new HttpFailure('broken', 'ECONNRESET')));
  response.on('close', () => {
    if (!response.readableEnded) fail(new HttpFailure('broken', 'ECONNRESET'));
  });
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return stream;
}
