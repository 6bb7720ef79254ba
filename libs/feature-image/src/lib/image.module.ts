import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_SECRETS, type AppSecrets } from '@sluice/util-http';
import { ImageLinks } from '@sluice/util-images';
import { ComfyUIJobRunnerAdapter } from './comfyui/comfyui-job-runner.adapter';
import { COMFYUI_CONFIG } from './comfyui/config/comfyui.config';
import { IdempotencyKeyRetention } from './http/idempotency-key-retention';
import { IdempotentAnswers } from './http/idempotent-answers';
import { ImageAccess } from './http/image-access';
import { ImageAnswers } from './http/image-answers';
import { ImageFileAnswer } from './http/image-file-answer';
import { ImageController } from './http/image.controller';
import { ImageService } from './http/image.service';
import { ImageSnapshots } from './http/image-snapshots';
import {
  IMAGE_CONFIG,
  type ImageConfig,
  type ImageModuleOptions,
  resolveImageOptions,
} from './image.options';
import { BacklogMetrics } from './jobs/backlog-metrics';
import { ImageJobRunner } from './jobs/image-job-runner';
import { ImageSweeper } from './jobs/image-sweeper';
import { ImageWorker } from './jobs/image-worker';
import { IMAGE_WORKER_OPTIONS } from './jobs/image-worker.options';
import { JobChannel } from './jobs/job-channel';
import { ImageEvents } from './progress/image-events';
import { ImageStreams } from './progress/image-streams';
import { ImageFiles } from './storage/image-files';
import { ImageStorage } from './storage/image-storage';
import { LocalImageStorage } from './storage/local/local-image-storage';
import { ImageRetention } from './storage/retention/image-retention';
import { Thumbnails } from './storage/thumbnail/thumbnails';

/** What has its options, or its kind, from the configuration. */
const CONFIGURED: Provider[] = [
  { provide: COMFYUI_CONFIG, inject: [IMAGE_CONFIG], useFactory: ({ comfyui }: ImageConfig) => comfyui },
  { provide: IMAGE_WORKER_OPTIONS, inject: [IMAGE_CONFIG], useFactory: ({ worker }: ImageConfig) => worker },
  { provide: ImageJobRunner, useExisting: ComfyUIJobRunnerAdapter },
  {
    provide: ImageStorage,
    inject: [IMAGE_CONFIG],
    useFactory: ({ storage }: ImageConfig) =>
      storage instanceof ImageStorage ? storage : new LocalImageStorage(storage),
  },
  { provide: Thumbnails, useFactory: () => new Thumbnails() },
  {
    provide: ImageLinks,
    inject: [APP_SECRETS],
    useFactory: (secrets: AppSecrets) => new ImageLinks(secrets),
  },
];

/**
 * Generated images: the routes, and in every process a worker that gets them made. Needs `RedisModule`,
 * `DatabaseModule` and `HttpModule`, which are global.
 *
 * @example
 * ```ts
 * ImageModule.forRoot(); // as the environment says
 * ImageModule.forRoot({ comfyui: { urls: ['http://10.0.0.5:8188'] }, quota: 50 });
 * ```
 */
@Module({})
export class ImageModule {
  /** What is not given comes from the environment. @throws Error that says which option or variable is wrong */
  static forRoot(options: ImageModuleOptions = {}): DynamicModule {
    return {
      module: ImageModule,
      controllers: [ImageController],
      providers: [
        { provide: IMAGE_CONFIG, useFactory: () => resolveImageOptions(options) },
        ...CONFIGURED,
        BacklogMetrics,
        ComfyUIJobRunnerAdapter,
        IdempotencyKeyRetention,
        IdempotentAnswers,
        ImageAccess,
        ImageAnswers,
        ImageEvents,
        ImageFileAnswer,
        ImageFiles,
        ImageRetention,
        ImageService,
        ImageSnapshots,
        ImageStreams,
        ImageSweeper,
        ImageWorker,
        JobChannel,
      ],
      exports: [ImageJobRunner],
    };
  }
}
