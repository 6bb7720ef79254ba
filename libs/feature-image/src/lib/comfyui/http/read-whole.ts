import type { IncomingMessage } from 'node:http';
import { HttpFailure } from './http-failure';

/** Reads an answer to its end, as UTF-8. @throws HttpFailure; the signal's reason */
export function readWhole(response: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const settle = (done: () => void) => {
      signal.removeEventListener('abort', stop);
      response.destroy();
      done();
    };
    const stop = () => settle(() => reject(signal.reason));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > maxBytes) settle(() => reject(new HttpFailure('too-large', `more than ${maxBytes} bytes`)));
      else pieces.push(piece);
    });
    response.on('end', () => {
      signal.removeEventListener('abort', stop);
      resolve(Buffer.concat(pieces).toString('utf8'));
    });
    response.on('error', () => settle(() => reject(new HttpFailure('broken', 'ECONNRESET'))));
    response.on('close', () => {
      if (!response.readableEnded) settle(() => reject(new HttpFailure('broken', 'ECONNRESET')));
    });
  });
}
