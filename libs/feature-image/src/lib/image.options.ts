import {
  type ComfyUIConfig,
  type ComfyUIOptions,
  resolveComfyUIConfig,
} from './comfyui/config/comfyui.config';
import { readComfyUIEnvironment } from './comfyui/config/comfyui-environment';
import {
  type ImageWorkerConfig,
  type ImageWorkerOptions,
  resolveImageWorkerOptions,
} from './jobs/image-worker.options';
import { ImageStorage } from './storage/image-storage';
import {
  DEFAULT_MAX_BYTES,
  type ImageStorageOptions,
  readImageStorageEnvironment,
} from './storage/image-storage.options';

/** All times in ms. */
export interface ImageStreamOptions {
  /** Streams that one user may have open in one process, 1 to 1,000. Default 20; beyond it 429. */
  perUser?: number;
  /** How often something is sent where nothing happens. Default 15,000. */
  heartbeat?: number;
  /** How often the database is asked while Redis is lost. Default 2,000. */
  poll?: number;
  /** How long one stream lasts. Default 600,000, as long as the link that it was opened with. */
  longest?: number;
}

export type StreamTiming = Readonly<Required<ImageStreamOptions>>;

export interface ImageModuleOptions {
  /** The servers that paint. Default: `COMFYUI_URLS` and friends. None: asking for an image is 503. */
  comfyui?: ComfyUIOptions;
  /**
   * A folder of the local disk, or a storage of another kind. Default: the folder `IMAGES_DIR`, else `.data/images`;
   * its files may be as large, and take as long, as `comfyui` lets them.
   */
  storage?: ImageStorageOptions | ImageStorage;
  /** Default for `slotsPerServer`: `IMAGE_SLOTS_PER_SERVER`, else 2; for `lease`: `IMAGE_LEASE_MS`, else 15,000. */
  worker?: ImageWorkerOptions;
  /** Unfinished images that a user may have, 1 to 10,000; beyond it 429. Default: `IMAGE_QUOTA`, else 20. */
  quota?: number;
  streams?: ImageStreamOptions;
}

/** Injection token of `ImageConfig`. */
export const IMAGE_CONFIG = Symbol('IMAGE_CONFIG');

/** The options, checked and complete. */
export interface ImageConfig {
  readonly comfyui: ComfyUIConfig;
  readonly storage: ImageStorageOptions | ImageStorage;
  readonly worker: ImageWorkerConfig;
  readonly quota: number;
  readonly streams: StreamTiming;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the option or the variable that is wrong */
export function resolveImageOptions(
  options: ImageModuleOptions = {},
  environment: Environment = process.env,
): ImageConfig {
  const slots = variable(environment, 'IMAGE_SLOTS_PER_SERVER', 64);
  const lease = variable(environment, 'IMAGE_LEASE_MS', 600_000, 300);
  const { perUser = 20, heartbeat = 15_000, poll = 2_000, longest = 600_000 } = options.streams ?? {};
  const comfyui = options.comfyui
    ? resolveComfyUIConfig(options.comfyui)
    : readComfyUIEnvironment(environment);
  const storage = options.storage ?? readImageStorageEnvironment(environment);
  return {
    comfyui,
    storage: storage instanceof ImageStorage ? storage : { ...asFetched(comfyui), ...storage },
    worker: resolveImageWorkerOptions({
      ...(slots !== undefined && { slotsPerServer: slots }),
      ...(lease !== undefined && { lease }),
      ...options.worker,
    }),
    quota: whole('quota', options.quota ?? variable(environment, 'IMAGE_QUOTA', 10_000) ?? 20, 10_000),
    streams: {
      perUser: whole('streams.perUser', perUser, 1_000),
      heartbeat: whole('streams.heartbeat', heartbeat, 60_000),
      poll: whole('streams.poll', poll, 60_000),
      longest: whole('streams.longest', longest, 86_400_000),
    },
  };
}

/** What may be fetched may be stored: whoever raises the one limit means both. A lower one is for what is fetched. */
function asFetched({ maxOutputBytes, fetchTimeoutMs }: ComfyUIConfig): ImageStorageOptions {
  return { maxBytes: Math.max(maxOutputBytes, DEFAULT_MAX_BYTES), totalMs: fetchTimeoutMs };
}

function whole(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`\`${name}\` of the images must be a whole number from 1 to ${most}.`);
}

function variable(environment: Environment, name: string, most: number, least = 1): number | undefined {
  const text = environment[name]?.trim();
  if (!text) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}.`);
}
