import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { problem } from '../problem/problem.error';
import { APP_SECRETS, AppSecrets } from '../secrets/app-secrets';

const SIGNATURE_BYTES = 16;

/** Opaque, signed cursors: a position in one list of one owner, good for that list alone. */
@Injectable()
export class CursorCodec {
  private readonly key: Buffer;

  constructor(@Inject(APP_SECRETS) secrets: AppSecrets) {
    this.key = secrets.derive('cursor');
  }

  /** @param list name and owner of the list with its filters, such as `characters:<user id>` */
  encode(list: string, position: unknown): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.sign(list, payload), payload]).toString('base64url');
  }

  /** @throws ProblemError 400 when the cursor was not made by us for this list */
  decode<T>(list: string, cursor: string, positionSchema: z.ZodType<T>): T {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(SIGNATURE_BYTES);
    const signature = bytes.subarray(0, SIGNATURE_BYTES);
    // Compared with its re-encoding too: base64url is read leniently, and one position has one cursor.
    const genuine =
      signature.length === SIGNATURE_BYTES &&
      timingSafeEqual(signature, this.sign(list, payload)) &&
      bytes.toString('base64url') === cursor;
    const position = genuine ? positionSchema.safeParse(JSON.parse(payload.toString())) : undefined;
    if (position?.success) return position.data;
    const message = 'Not a cursor of this list: take page.nextCursor of an answer as it is, or leave it out';
    throw problem(400, { detail: 'The cursor is not valid.', errors: [{ path: 'cursor', message }] });
  }

  private sign(list: string, payload: Buffer): Buffer {
    const hmac = createHmac('sha256', this.key)
      .update(`${Buffer.byteLength(list)}:${list}:`)
      .update(payload);
    return hmac.digest().subarray(0, SIGNATURE_BYTES);
  }
}
