import { Module } from '@nestjs/common';
import { APP_SECRETS, type AppSecrets } from '@sluice/util-http';
import { ImageLinks } from '@sluice/util-images';
import { ImageGalleryCacheService } from './image-gallery-cache.service';
import { ImageGalleryController } from './image-gallery.controller';
import { ImageGalleryService } from './image-gallery.service';
import { ImageProgressService } from './image-progress.service';
import { GalleryPageController } from './page/gallery-page.controller';

/** The images of a user: a list with filters, likes, and a page to look at them. */
@Module({
  controllers: [ImageGalleryController, GalleryPageController],
  providers: [
    {
      provide: ImageLinks,
      inject: [APP_SECRETS],
      useFactory: (secrets: AppSecrets) => new ImageLinks(secrets),
    },
    ImageGalleryCacheService,
    ImageGalleryService,
    ImageProgressService,
  ],
  exports: [ImageGalleryCacheService],
})
export class ImageGalleryModule {}
