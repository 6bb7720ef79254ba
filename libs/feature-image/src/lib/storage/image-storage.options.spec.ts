import { resolve } from 'node:path';
import { resolveImageOptions } from '../image.options';
import { readImageStorageEnvironment, resolveImageStorageOptions } from './image-storage.options';

describe('the options of the storage', () => {
  it('have defaults', () => {
    expect(resolveImageStorageOptions(readImageStorageEnvironment({}))).toEqual({
      directory: resolve('.data/images'),
      maxBytes: 67_108_864,
      silenceMs: 15_000,
      totalMs: 120_000,
    });
  });

  it.each([
    ['/srv/images', '/srv/images'],
    [' /srv/images ', '/srv/images'],
    ['pictures', resolve('pictures')],
    ['  ', resolve('.data/images')],
    [undefined, resolve('.data/images')],
  ])('take IMAGES_DIR=%j as %s', (IMAGES_DIR, directory) => {
    expect(resolveImageStorageOptions(readImageStorageEnvironment({ IMAGES_DIR }))).toMatchObject({
      directory,
    });
  });

  it('let be stored what COMFYUI_… lets be fetched', () => {
    const environment = { COMFYUI_MAX_OUTPUT_BYTES: '200000000', COMFYUI_FETCH_TIMEOUT_MS: '300000' };
    expect(resolveImageOptions({}, environment).storage).toEqual({ maxBytes: 200_000_000, totalMs: 300_000 });
    const lower = resolveImageOptions({}, { COMFYUI_MAX_OUTPUT_BYTES: '10000', IMAGES_DIR: '/srv/images' });
    expect(lower.storage).toMatchObject({ directory: '/srv/images', maxBytes: 67_108_864 });
  });

  it.each([
    [{ maxBytes: 0 }, 'maxBytes must be a whole number from 1 to 1073741824.'],
    [{ maxBytes: 1.5 }, 'maxBytes'],
    [{ silenceMs: Infinity }, 'silenceMs'],
    [{ totalMs: 600_001 }, 'totalMs must be a whole number from 1 to 600000.'],
  ])('%j is refused', (options, message) => {
    expect(() => resolveImageStorageOptions(options)).toThrow(message);
  });
});
