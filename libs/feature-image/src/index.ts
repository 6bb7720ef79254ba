// Module
export { ImageModule } from './lib/image.module';
export type { ImageModuleOptions, ImageStreamOptions } from './lib/image.options';
export type { ComfyUIOptions } from './lib/comfyui/config/comfyui.config';
export type { ImageWorkerOptions } from './lib/jobs/image-worker.options';
export type { ImageStorageOptions } from './lib/storage/image-storage.options';

// For health checks: which servers there are
export { ImageJobRunner, type RunnerServer } from './lib/jobs/image-job-runner';

// What an app needs to keep the files elsewhere
export { ImageStorage } from './lib/storage/image-storage';
export type {
  DeleteOptions,
  ListedFile,
  PutOptions,
  PutResult,
  StoredFile,
} from './lib/storage/image-storage';
export type { StorageKey, StoredType } from './lib/storage/storage-key';
export {
  IMAGE_FILE_ERROR_CODES,
  ImageFileError,
  type ImageFileErrorCode,
  type ImageFileErrorDetails,
} from './lib/storage/image-file.errors';
