import { asyncModelRun, asyncProperty, check } from 'fast-check';
import { images } from '../../lib/schema/images';
import { imageJobCommands } from './image-job-commands';
import { ImageJobRun } from './image-job-run';
import type { ImageJobWorld } from './image-job-world';

export interface ImageJobCheck {
  /** What went wrong, with the shortest way to it. */
  failure: string | undefined;
  /** How operations have ended, each once. */
  seen: string[];
}

/** Random sequences, each beginning without any image. */
export async function checkImageJobs(
  world: ImageJobWorld,
  { seed, sequences }: { seed: number; sequences: number },
): Promise<ImageJobCheck> {
  const seen = new Set<string>();
  const property = asyncProperty(imageJobCommands(), async (sequence) => {
    await world.database.write((queries) => queries.delete(images));
    const run = new ImageJobRun(world, seen);
    await asyncModelRun(() => ({ model: run.model, real: run }), sequence);
  });
  const { failed, errorInstance, counterexample } = await check(property, { seed, numRuns: sequences });
  const failure = failed ? `${(errorInstance as Error).message}\n${String(counterexample)}` : undefined;
  return { failure, seen: [...seen].sort() };
}
