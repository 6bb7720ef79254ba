import type { JsonObject } from '../python/json';
import type { ComfyUiVersion } from './version';

/** Where the two versions differ; everything else is the same in both. */
export interface Dialect {
  readonly version: ComfyUiVersion;
  /** `/api/jobs` and its cancel routes are there. */
  readonly hasJobs: boolean;
  /** A `prompt_id` must be a lowercase UUID with hyphens; otherwise anything is made a string. */
  readonly wantsCanonicalIds: boolean;
  /** `extra_data` is given a `create_time`. */
  readonly stampsCreateTime: boolean;
  /** API keys in `extra_data` are hidden in `/queue` too, not only in the history. */
  readonly hidesSecretsInQueue: boolean;
  /** Nodes are looked at before they are validated: a graph or a node of the wrong shape is a 500. */
  readonly readsNodesEarly: boolean;
  /** An unknown class is `missing_node_type` with the node's title, not `invalid_prompt`. */
  readonly namesMissingNodes: boolean;
  /** A cycle is told node by node; otherwise it only makes the graph invalid. */
  readonly explainsCycles: boolean;
  /** `Sec-Fetch-Site: cross-site` is 403. */
  readonly refusesCrossSite: boolean;
  /** `/view` answers with `X-Content-Type-Options: nosniff`. */
  readonly sendsNosniff: boolean;
  /** `/object_info` tells `is_input_list`, `search_aliases` and the like. */
  readonly describesNodesFully: boolean;
  readonly modelFolders: readonly string[];
  /** `/features`, and the answer to a client's `feature_flags`. */
  readonly features: JsonObject;
  /** What `/system_stats` says besides memory. */
  readonly system: JsonObject;
}

const modelFolders = [
  ...['checkpoints', 'configs', 'loras', 'vae', 'text_encoders', 'diffusion_models', 'clip_vision'],
  ...['style_models', 'embeddings', 'diffusers', 'vae_approx', 'controlnet', 'gligen', 'upscale_models'],
  ...['latent_upscale_models', 'custom_nodes', 'datasets', 'hypernetworks', 'photomaker', 'classifiers'],
  ...['model_patches', 'audio_encoders', 'background_removal', 'frame_interpolation', 'geometry_estimation'],
  ...['optical_flow', 'detection'],
];
const addedSince = [
  ...['latent_upscale_models', 'datasets', 'background_removal', 'frame_interpolation'],
  ...['geometry_estimation', 'optical_flow', 'detection'],
];

const maxUploadSize = 104_857_600;

const python = {
  python_version: '3.13.5 (simulated)',
  pytorch_version: '2.6.0 (simulated)',
  embedded_python: false,
};
const argv = ['/opt/comfyui/main.py', '--cpu'];

const dialects: Record<ComfyUiVersion, Dialect> = {
  '0.33.0': {
    version: '0.33.0',
    hasJobs: true,
    wantsCanonicalIds: true,
    stampsCreateTime: true,
    hidesSecretsInQueue: true,
    readsNodesEarly: true,
    namesMissingNodes: true,
    explainsCycles: true,
    refusesCrossSite: true,
    sendsNosniff: true,
    describesNodesFully: true,
    modelFolders,
    features: {
      supports_preview_metadata: true,
      supports_model_type_tags: true,
      max_upload_size: maxUploadSize,
      extension: { manager: { supports_v4: true } },
      node_replacements: true,
      assets: false,
    },
    system: {
      os: 'linux',
      comfyui_version: '0.33.0',
      required_frontend_version: '1.49.6',
      installed_templates_version: null,
      required_templates_version: '0.11.44',
      comfy_package_versions: [
        { name: 'comfyui-frontend-package', installed: null, required: '1.49.6' },
        { name: 'comfyui-workflow-templates', installed: null, required: '0.11.44' },
        { name: 'comfyui-embedded-docs', installed: null, required: '0.5.10' },
        { name: 'comfy-kitchen', installed: null, required: '0.2.31' },
        { name: 'comfy-aimdo', installed: null, required: '0.4.13' },
      ],
      ...python,
      deploy_environment: 'local-git',
      argv,
    },
  },
  '0.3.64': {
    version: '0.3.64',
    hasJobs: false,
    wantsCanonicalIds: false,
    stampsCreateTime: false,
    hidesSecretsInQueue: false,
    readsNodesEarly: false,
    namesMissingNodes: false,
    explainsCycles: false,
    refusesCrossSite: false,
    sendsNosniff: false,
    describesNodesFully: false,
    modelFolders: modelFolders.filter((folder) => !addedSince.includes(folder)),
    features: { supports_preview_metadata: true, max_upload_size: maxUploadSize },
    system: {
      os: 'posix',
      comfyui_version: '0.3.64',
      required_frontend_version: '1.27.10',
      installed_templates_version: null,
      required_templates_version: '0.1.95',
      ...python,
      argv,
    },
  },
};

/** @throws Error when that version is not one of the two */
export function dialectOf(version: ComfyUiVersion): Dialect {
  const dialect = dialects[version];
  if (!dialect) {
    throw new Error(`ComfyUI ${version} is not simulated; there are ${Object.keys(dialects).join(' and ')}.`);
  }
  return dialect;
}
