import { Injectable } from '@nestjs/common';
import { currentUser, type HttpRequest, problem, PublicWhen } from '@sluice/util-http';
import { type ImageLinkKind, ImageLinks, type LinkQuery } from '@sluice/util-images';

/** A request that may come by a signed link; Fastify's fits. */
export interface LinkRequest extends HttpRequest {
  readonly method: string;
}

/** Needs no token when a link is shown; the handler asks `ImageAccess` whether it is one. */
export const PublicByLink = () => PublicWhen(showsLink);

/** Who may have an image: its owner by his token, and anybody by a link. */
@Injectable()
export class ImageAccess {
  constructor(private readonly links: ImageLinks) {}

  /**
   * @returns the user whose image it must be; undefined when a link says which image it is
   * @throws ProblemError 403 for a link that is none, or of before
   */
  ownerFor(request: LinkRequest, kind: ImageLinkKind, imageId: string): string | undefined {
    if (!showsLink(request)) return currentUser(request)?.id ?? '';
    const { method } = request;
    const query = request.query as LinkQuery;
    const verdict = this.links.check({ method, kind, imageId, query });
    if (verdict === 'valid') return undefined;
    throw problem(403, {
      detail:
        verdict === 'expired'
          ? 'The link has expired. Ask for the image again: its links are new then.'
          : 'The link is not valid. Take it as it stands in the image, or send a token instead.',
    });
  }
}

function showsLink(request: HttpRequest): boolean {
  const query = (request.query ?? {}) as LinkQuery;
  return query.e !== undefined || query.s !== undefined;
}
