import { joinPathFragments } from '@nx/devkit';
import type { Draft } from '../draft/draft';
import { draftFeature } from './draft-feature';
import { findModule } from './find-module';

/** The library that something is added to. Paths are from the workspace's root. */
export interface FeatureLibrary {
  root: string;
  /** Of what is added. */
  directory: string;
  modulePath: string;
  barrelPath: string;
}

export interface FeatureChoice {
  project: string;
  directory?: string;
  module?: string;
  skipTests?: boolean;
}

/**
 * The feature library of this name, which is drafted when it does not exist.
 *
 * @throws Error when the project is no feature, and when the folder or the module cannot be used
 */
export async function featureLibrary(draft: Draft, choice: FeatureChoice): Promise<FeatureLibrary> {
  const known = draft.projects.get(choice.project);
  const root = known?.root ?? draftFeature(draft, choice.project, choice).root;
  if (known && !known.tags?.includes('scope:feature')) {
    const scope = known.tags?.find((tag) => tag.startsWith('scope:'));
    throw new Error(
      scope
        ? `${choice.project} is tagged ${scope}, and this belongs to a feature library: choose one with --project.`
        : `${choice.project} has no scope: if it is a feature, add "scope:feature" to its tags, else choose ` +
            'another --project.',
    );
  }
  const directory = joinPathFragments(root, choice.directory ?? 'src/lib');
  if (!`${directory}/`.startsWith(`${root}/src/`)) {
    throw new Error(`--directory=${choice.directory} lies outside ${root}/src.`);
  }
  const modulePath = known
    ? await findModule(draft.tree, root, choice.module)
    : joinPathFragments(root, `src/lib/${choice.project.replace(/^feature-/, '')}.module.ts`);
  return { root, directory, modulePath, barrelPath: joinPathFragments(root, 'src/index.ts') };
}
