import { createHash } from 'node:crypto';
import type { Picture } from '../painting/picture';
import { preview } from '../painting/preview';
import { formatJson, type Json } from '../python/json';
import { refuseWhatIsTooLarge } from './memory';
import type { NodeClass } from './node-class';

/** The checkpoint behind a MODEL, CLIP or VAE link. */
interface Model {
  readonly checkpoint: string;
}

interface Conditioning {
  readonly text: string;
}

/** A LATENT link: a size, and a motif once it was sampled. */
interface Latent {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly seed?: string;
}

const samplers = [
  ...[
    'euler',
    'euler_ancestral',
    'heun',
    'dpm_2',
    'dpm_2_ancestral',
    'lms',
    'dpmpp_2s_ancestral',
    'dpmpp_sde',
  ],
  ...['dpmpp_2m', 'dpmpp_2m_sde', 'dpmpp_3m_sde', 'lcm', 'ddim', 'uni_pc'],
];
const schedulers = ['simple', 'sgm_uniform', 'karras', 'exponential', 'ddim_uniform', 'beta', 'normal'];
const maxSeed = 0xffff_ffff_ffff_ffffn;
const size = { default: 512, min: 16, max: 16384, step: 8 };

const checkpointLoader: NodeClass = {
  name: 'CheckpointLoaderSimple',
  displayName: 'Load Checkpoint',
  category: 'model/loaders',
  oldCategory: 'loaders',
  searchAliases: ['load model', 'checkpoint', 'model loader', 'load checkpoint', 'ckpt', 'model'],
  outputTooltips: ['', '', ''],
  required: ({ checkpoints }) => ({ ckpt_name: [checkpoints(), { tooltip: '' }] }),
  outputs: () => ['MODEL', 'CLIP', 'VAE'],
  run({ ckpt_name }) {
    const model: Model = { checkpoint: ckpt_name as string };
    return { values: [model, model, model] };
  },
};

const clipTextEncode: NodeClass = {
  name: 'CLIPTextEncode',
  displayName: 'CLIP Text Encode (Prompt)',
  category: 'conditioning',
  required: () => ({ text: ['STRING', { multiline: true, dynamicPrompts: true }], clip: ['CLIP', {}] }),
  outputs: () => ['CONDITIONING'],
  run: ({ text }) => ({ values: [{ text } as Conditioning] }),
};

const emptyLatentImage: NodeClass = {
  name: 'EmptyLatentImage',
  displayName: 'Empty Latent Image',
  category: 'latent',
  required: () => ({
    width: ['INT', size],
    height: ['INT', size],
    batch_size: ['INT', { default: 1, min: 1, max: 4096 }],
  }),
  outputs: () => ['LATENT'],
  run({ width, height, batch_size }) {
    const latent = { width, height, count: batch_size } as Latent;
    refuseWhatIsTooLarge(latent);
    return { values: [latent] };
  },
};

const kSampler: NodeClass = {
  name: 'KSampler',
  displayName: 'KSampler',
  category: 'sampling',
  required: () => ({
    model: ['MODEL', {}],
    seed: ['INT', { default: 0, min: 0, max: maxSeed, control_after_generate: true }],
    steps: ['INT', { default: 20, min: 1, max: 10_000 }],
    cfg: ['FLOAT', { default: 8, min: 0, max: 100, step: 0.1, round: 0.01 }],
    sampler_name: [samplers, {}],
    scheduler: [schedulers, {}],
    positive: ['CONDITIONING', {}],
    negative: ['CONDITIONING', {}],
    latent_image: ['LATENT', {}],
    denoise: ['FLOAT', { default: 1, min: 0, max: 1, step: 0.01 }],
  }),
  outputs: () => ['LATENT'],
  async run(inputs, work) {
    const latent = inputs['latent_image'] as Latent;
    const steps = inputs['steps'] as number;
    const seed = digest(inputs as Record<string, Json>);
    for (let step = 1; step <= steps; step++) {
      await work.pause(work.paintMs / steps);
      if (step > 1 || steps === 1) await work.hold();
      work.progress(step, steps, work.previews ? preview : undefined);
    }
    return { values: [{ ...latent, seed } as Latent] };
  },
};

const vaeDecode: NodeClass = {
  name: 'VAEDecode',
  displayName: 'VAE Decode',
  category: 'latent',
  required: () => ({ samples: ['LATENT', {}], vae: ['VAE', {}] }),
  outputs: () => ['IMAGE'],
  run({ samples }) {
    const { width, height, count, seed = '' } = samples as Latent;
    // A latent has a cell for each 8 × 8 pixels.
    const whole = (pixels: number) => Math.floor(pixels / 8) * 8;
    const picture: Picture = { width: whole(width), height: whole(height), count, motif: { seed } };
    return { values: [picture] };
  },
};

/** One text for all that a picture depends on. */
function digest(inputs: Record<string, Json>): string {
  return createHash('sha256').update(formatJson(inputs)).digest('hex');
}

/** The nodes of a text-to-image graph. */
export const textToImageNodes: readonly NodeClass[] = [
  checkpointLoader,
  clipTextEncode,
  emptyLatentImage,
  kSampler,
  vaeDecode,
];
