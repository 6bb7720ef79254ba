import { z } from 'zod';
import type { RunnerEnd, RunnerOutput } from '../../jobs/image-job-runner';
import { RunnerError } from '../../jobs/runner.errors';

const name = z.string().min(1).max(1_024);

const savedImage = z.object({
  filename: name,
  subfolder: z.string().max(1_024).catch(''),
  type: z.literal('output'),
});

/** Of all that a run has put out, what our own node has saved. */
export function doneWith(outputs: unknown, outputNode: string): RunnerEnd {
  const ours = isRecord(outputs) ? outputs[outputNode] : undefined;
  const images: unknown = isRecord(ours) ? ours['images'] : undefined;
  const saved = Array.isArray(images) ? images.flatMap(readOutput) : [];
  const [first, ...others] = saved;
  if (first) return { status: 'done', outputs: [first, ...others] };
  const error = new RunnerError('OUTPUT_MISSING', 'The run ended well, but our node has saved nothing.');
  return { status: 'failed', error };
}

function readOutput(image: unknown): RunnerOutput[] {
  const parsed = savedImage.safeParse(image);
  if (!parsed.success) return [];
  const { filename, subfolder } = parsed.data;
  return [{ filename, subfolder }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
