import { PythonError } from '../python/python-error';

/** Pixels in one batch, from which on the graphics card is said to be too small: eight of 4096 × 2048. */
const tooManyPixels = 2 ** 26;

const advice = [
  'This error means you ran out of memory on your GPU.',
  '',
  'TIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.',
].join('\n');

/** What a node raises that wants more memory than there is. */
export function outOfMemory(detail: string): PythonError {
  return new PythonError('torch.OutOfMemoryError', `CUDA out of memory. ${detail}`, advice);
}

/** @throws PythonError out of memory */
export function refuseWhatIsTooLarge(batch: { width: number; height: number; count: number }): void {
  const pixels = batch.width * batch.height * batch.count;
  if (pixels <= tooManyPixels) return;
  throw outOfMemory(`Tried to allocate ${((pixels * 48) / 2 ** 30).toFixed(2)} GiB`);
}
