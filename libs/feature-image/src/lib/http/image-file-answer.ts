import { Injectable, StreamableFile } from '@nestjs/common';
import { answerWithEtag, type HttpReply, matchesNoneOf, problem } from '@sluice/util-http';
import { ImageStorage } from '../storage/image-storage';
import { storedEtag } from '../storage/storage-key';
import type { ImageSnapshot } from './image-snapshots';

export interface FileRequest {
  image: ImageSnapshot;
  variant: 'thumb' | undefined;
  ifNoneMatch: string | undefined;
}

/** The bytes of an image, or 304 for who has them. */
@Injectable()
export class ImageFileAnswer {
  constructor(private readonly storage: ImageStorage) {}

  /** @throws ProblemError 404 while there is no file; ImageFileError `IMAGE_STORE_…`, which is answered with 503 */
  async give(
    reply: HttpReply,
    { image, variant, ifNoneMatch }: FileRequest,
  ): Promise<StreamableFile | undefined> {
    const key = variant === 'thumb' ? image.file?.thumbKey : image.file?.fileKey;
    if (key === undefined) throw noFile();
    const etag = storedEtag(key);
    // Without the disk: what a file holds never changes.
    if (matchesNoneOf(ifNoneMatch, etag))
      return answerWithEtag(reply, { etag, ifNoneMatch, body: undefined });
    const file = await this.storage.get(key);
    if (!file) throw problem(404, { detail: 'The file of this image is lost.' });
    const body = new StreamableFile(file.stream, {
      type: file.contentType,
      length: file.bytes,
      disposition: `inline; filename="${image.id}.${variant === 'thumb' ? 'webp' : 'png'}"`,
    });
    return answerWithEtag(reply, { etag, ifNoneMatch: undefined, body });
  }
}

function noFile() {
  return problem(404, { detail: 'This image has no file, or not yet: see its status.' });
}
