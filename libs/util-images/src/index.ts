export { IMAGE_STATUSES, imageSchema, imageStatusSchema, type ImageView } from './lib/image.schema';
export { presentImage, type PresentableImage } from './lib/present-image';
export { isBeingMade, progressIn, progressKey, progressText } from './lib/image-progress';
export { imagesTag, imageTag, tagsOfChanged } from './lib/image-tag';
export { ImageLinks, type ImageLinkKind, type LinkQuery, type LinkVerdict } from './lib/links/image-links';
