export { ImageGalleryModule } from './lib/image-gallery.module';
export { ImageGalleryCacheService } from './lib/image-gallery-cache.service';
