import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { paint } from '../painting/paint';
import type { Picture } from '../painting/picture';
import { encodePng, sizeOfPng } from '../painting/png';
import { formatJson, isObject } from '../python/json';
import { PythonError } from '../python/python-error';
import { refuseWhatIsTooLarge } from './memory';
import type { NodeClass, NodeWork, Surroundings } from './node-class';

const shownInput = '/opt/comfyui/input';

const emptyImage: NodeClass = {
  name: 'EmptyImage',
  displayName: 'Empty Image',
  oldDisplayName: 'EmptyImage',
  category: 'image',
  required: () => ({
    width: ['INT', { default: 512, min: 1, max: 16384, step: 1 }],
    height: ['INT', { default: 512, min: 1, max: 16384, step: 1 }],
    batch_size: ['INT', { default: 1, min: 1, max: 4096 }],
    color: ['INT', { default: 0, min: 0, max: 0xffffff, step: 1, display: 'color' }],
  }),
  outputs: () => ['IMAGE'],
  run({ width, height, batch_size, color }) {
    const picture = { width, height, count: batch_size, motif: { color } } as Picture;
    refuseWhatIsTooLarge(picture);
    return { values: [picture] };
  },
};

const imageInvert: NodeClass = {
  name: 'ImageInvert',
  displayName: 'Invert Image',
  category: 'image',
  required: () => ({ image: ['IMAGE', {}] }),
  outputs: () => ['IMAGE'],
  run({ image }) {
    const picture = image as Picture;
    return { values: [{ ...picture, inverted: !picture.inverted }] };
  },
};

const imageScale: NodeClass = {
  name: 'ImageScale',
  displayName: 'Upscale Image',
  category: 'image/upscaling',
  searchAliases: ['resize', 'resize image', 'scale image', 'image resize', 'zoom', 'zoom in', 'change size'],
  essentials: 'Image Tools',
  required: () => ({
    image: ['IMAGE'],
    upscale_method: [['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']],
    width: ['INT', { default: 512, min: 0, max: 16384, step: 1 }],
    height: ['INT', { default: 512, min: 0, max: 16384, step: 1 }],
    crop: [['disabled', 'center']],
  }),
  outputs: () => ['IMAGE'],
  run({ image, width, height }) {
    const picture = image as Picture;
    return { values: [{ ...picture, width: width || picture.width, height: height || picture.height }] };
  },
};

const loadImage: NodeClass = {
  name: 'LoadImage',
  displayName: 'Load Image',
  category: 'image',
  required: ({ files }) => ({ image: [files.inputs(), { image_upload: true }] }),
  outputs: () => ['IMAGE', 'MASK'],
  check({ image }, { files }) {
    const found = typeof image === 'string' && pathOfInput(image, { files });
    return found ? undefined : { input: 'image', problem: `Invalid image file: ${String(image)}` };
  },
  fingerprint: ({ image }, surroundings) => hashOf(image as string, surroundings),
  run({ image }, work) {
    const path = pathOfInput(image as string, work);
    const size = path && sizeOfPng(readFileSync(path));
    if (!size) throw unreadable(`${shownInput}/${String(image)}`, work);
    const picture: Picture = { ...size, count: 1, motif: { seed: hashOf(image as string, work) } };
    return { values: [picture, null] };
  },
};

const saveImage: NodeClass = {
  name: 'SaveImage',
  displayName: 'Save Image',
  category: 'image',
  searchAliases: ['save', 'save image', 'export image', 'output image', 'write image', 'download'],
  essentials: 'Basics',
  isOutput: true,
  required: () => ({
    images: ['IMAGE', { tooltip: '' }],
    filename_prefix: ['STRING', { default: 'ComfyUI', tooltip: '' }],
  }),
  hidden: { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' },
  outputs: ({ describesNodesFully }) => (describesNodesFully ? ['IMAGE'] : []),
  outputNames: ['images'],
  run: async ({ images, filename_prefix }, work) => ({
    values: [images],
    images: await saveAll(images as Picture, 'output', filename_prefix as string, work),
  }),
};

const previewImage: NodeClass = {
  name: 'PreviewImage',
  displayName: 'Preview Image',
  category: 'image',
  isOutput: true,
  required: () => ({ images: ['IMAGE', {}] }),
  hidden: saveImage.hidden,
  outputs: () => [],
  run: async ({ images }, work) => ({
    values: [],
    images: await saveAll(images as Picture, 'temp', `ComfyUI_temp_${fiveLetters()}`, work),
  }),
};

async function saveAll(picture: Picture, type: 'output' | 'temp', prefix: string, work: NodeWork) {
  const texts: [string, string][] = [['prompt', formatJson(work.prompt)]];
  if (isObject(work.pngInfo)) {
    for (const [key, value] of Object.entries(work.pngInfo)) texts.push([key, formatJson(value)]);
  }
  const saved = [];
  for (let index = 0; index < picture.count; index++) {
    const png = await encodePng(paint(picture, index), texts);
    saved.push(work.save(type, prefix.replaceAll('%batch_num%', String(index)), png));
  }
  return saved;
}

function pathOfInput(name: string, { files }: Pick<Surroundings, 'files'>): string | undefined {
  const path = files.placeFor({ filename: name, subfolder: '', type: 'input' });
  return path && files.find({ filename: name, subfolder: '', type: 'input' });
}

function hashOf(name: string, surroundings: Surroundings): string {
  const path = pathOfInput(name, surroundings);
  return path ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
}

function unreadable(path: string, { dialect }: NodeWork): PythonError {
  return dialect.version === '0.3.64'
    ? new PythonError('PIL.UnidentifiedImageError', `cannot identify image file '${path}'`)
    : new PythonError(
        'av.error.InvalidDataError',
        `[Errno 1094995529] Invalid data found when processing input: '${path}'`,
      );
}

function fiveLetters(): string {
  return Array.from({ length: 5 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join('');
}

/** Nodes that make, change, load and keep images. */
export const imageNodes: readonly NodeClass[] = [
  emptyImage,
  imageInvert,
  imageScale,
  loadImage,
  saveImage,
  previewImage,
];
