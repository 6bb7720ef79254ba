import type { GeneratorCallback, Tree } from '@nx/devkit';
import { Draft } from '../draft/draft';
import { draftFeature } from '../library/draft-feature';
import { nameOf } from '../library/name-of';

/** Options of `nx generate feature`; `schema.json` describes them to the command line. */
export interface FeatureOptions {
  /** What it is about, e.g. `invoice`. */
  name: string;
  /** Default false. */
  skipTests?: boolean;
  /** Default false. */
  skipFormat?: boolean;
}

/**
 * Makes a feature library with its boundary tag. Files that are there already are kept, whatever is in them.
 *
 * @throws Error that says what to do, with the tree untouched, for a bad name, one that another project has, and in a
 * workspace of another layout
 */
export async function featureGenerator(tree: Tree, options: FeatureOptions): Promise<GeneratorCallback> {
  const project = `feature-${nameOf(options.name, 'a feature').replace(/^feature-/, '')}`;
  const draft = new Draft(tree);
  const known = draft.projects.get(project);
  if (known && !known.tags?.includes('scope:feature')) {
    throw new Error(
      `The project ${project} is there already and is no feature: choose another name, or add "scope:feature" to its tags.`,
    );
  }
  draftFeature(draft, project, options);
  return draft.apply(options);
}

export default featureGenerator;
