import { Injectable } from '@nestjs/common';
import { type Image, ImageRepository } from '@sluice/data-access-database';
import { ImageLinks, type ImageView, isBeingMade, presentImage } from '@sluice/util-images';
import { ImageEvents } from '../progress/image-events';
import type { ImageSnapshot } from './image-snapshots';

/** Images as they are answered, with their progress and fresh links. */
@Injectable()
export class ImageAnswers {
  constructor(
    private readonly images: ImageRepository,
    private readonly events: ImageEvents,
    private readonly links: ImageLinks,
  ) {}

  async of(image: Image | ImageSnapshot): Promise<ImageView> {
    const progress = isBeingMade(image.status) ? await this.events.progressOf(image.id) : 0;
    return presentImage(image, this.links, progress);
  }

  /** Anybody's, as the database has it. Null when it is not there, or not any more. */
  async find(imageId: string): Promise<ImageView | null> {
    const image = await this.images.findById(imageId);
    return image && this.of(image);
  }
}
