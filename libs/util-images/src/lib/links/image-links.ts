import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AppSecrets } from '@sluice/util-http';

/** What a link can lead to. */
export type ImageLinkKind = 'events' | 'file' | 'thumb';

/** What a link says of itself, in its query. */
export interface LinkQuery {
  /** When it ends: seconds since 1970. */
  e?: unknown;
  /** The signature. */
  s?: unknown;
}

export type LinkVerdict = 'valid' | 'expired' | 'invalid';

/** How long a link lives, in seconds. */
export const LINK_SECONDS = 600;

const PATHS: Readonly<Record<ImageLinkKind, string>> = {
  events: 'events?',
  file: 'file?',
  thumb: 'file?variant=thumb&',
};

/** Images whose links are kept, some 500 bytes each, for the second in which they are made. */
const MOST_KEPT = 5_000;
/** 132 bits, in base64url. */
const SIGNATURE_LENGTH = 22;
/** Each kind has a part of its own of what is worked out for an image, so that a page signs each image once. */
const PARTS: Readonly<Record<ImageLinkKind, number>> = { events: 0, file: 1, thumb: 2 };
const SIGNATURE_SHAPE = /^[A-Za-z0-9_-]{22}$/;
const EXPIRY_SHAPE = /^[1-9][0-9]{9}$/;

/**
 * Links that work without a header, since `<img>` and `EventSource` can send none: for one image, one kind, the
 * method GET and 10 minutes. Who has the link has the image for so long, also after a logout.
 *
 * The query has `e`, the end in seconds since 1970, and `s`, in base64url the part that belongs to the kind of an
 * HMAC-SHA-512 over method, image and end. The key is derived from the secret of the installation for this purpose alone,
 * so any instance can check what another made without being told of it. Changing the secret ends all links.
 */
export class ImageLinks {
  private readonly key: Buffer;
  /** Those of the end that was given out last: whoever asks for a page again within a second gets the same. */
  private made = { end: '', byImage: new Map<string, Record<ImageLinkKind, string>>() };

  /** @param now the time, in ms */
  constructor(
    secrets: AppSecrets,
    private readonly now: () => number = Date.now,
  ) {
    this.key = secrets.derive('image-link');
  }

  /**
   * @example
   * ```ts
   * links.to('thumb', image.id); // /api/images/0190…/file?variant=thumb&e=1764072600&s=4x1Jg0Y6b7mFq2aT9hQk5w
   * ```
   */
  to(kind: ImageLinkKind, imageId: string): string {
    return this.all(imageId)[kind];
  }

  /** The links of all kinds, for no more work than one. */
  all(imageId: string): Readonly<Record<ImageLinkKind, string>> {
    const end = String(this.seconds() + LINK_SECONDS);
    if (this.made.end !== end || this.made.byImage.size >= MOST_KEPT) this.made = { end, byImage: new Map() };
    let links = this.made.byImage.get(imageId);
    if (!links) this.made.byImage.set(imageId, (links = this.make(imageId, end)));
    return links;
  }

  /** Whether this request may have this image without a header. The id is the one in the path, in lower case. */
  check(request: { method: string; kind: ImageLinkKind; imageId: string; query: LinkQuery }): LinkVerdict {
    const { e: end, s: signature } = request.query;
    if (typeof end !== 'string' || typeof signature !== 'string') return 'invalid';
    if (!EXPIRY_SHAPE.test(end) || !SIGNATURE_SHAPE.test(signature)) return 'invalid';
    const genuine = partOf(request.kind, this.sign(request.method, request.imageId, end));
    // Of equal length by their shape. The text is compared, not its bytes: base64url is read leniently.
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(genuine))) return 'invalid';
    return Number(end) > this.seconds() ? 'valid' : 'expired';
  }

  private make(imageId: string, end: string): Record<ImageLinkKind, string> {
    const signatures = this.sign('GET', imageId, end);
    const link = (kind: ImageLinkKind) =>
      `/api/images/${imageId}/${PATHS[kind]}e=${end}&s=${partOf(kind, signatures)}`;
    return { events: link('events'), file: link('file'), thumb: link('thumb') };
  }

  private sign(method: string, imageId: string, end: string): string {
    const said = JSON.stringify([method, imageId, end]);
    return createHmac('sha512', this.key).update(said).digest('base64url');
  }

  private seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}

function partOf(kind: ImageLinkKind, signatures: string): string {
  const from = PARTS[kind] * SIGNATURE_LENGTH;
  return signatures.slice(from, from + SIGNATURE_LENGTH);
}
