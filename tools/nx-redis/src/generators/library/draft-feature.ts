import { joinPathFragments, names, readJson } from '@nx/devkit';
import type { Tree } from '@nx/devkit';
import { addReference } from '../../syntax/add-reference';
import type { Draft } from '../draft/draft';
import { addReferences } from './add-references';
import { featureFiles } from './feature-files';
import { nameOf } from './name-of';
import { packageRoots, REDIS, SERVERS } from './package-names';
import { rangeOf } from './range-of';

export interface DraftedFeature {
  root: string;
  /** `SampleModule` */
  moduleName: string;
}

/**
 * Drafts a feature library: package, configuration, tags, module and its test. Files that are there are kept.
 *
 * @param project `feature-sample`
 * @throws Error for a name that is none of a feature, and in a workspace of another layout
 */
export function draftFeature(
  draft: Draft,
  project: string,
  { skipTests = false }: { skipTests?: boolean | undefined },
): DraftedFeature {
  const { tree } = draft;
  const name = nameOf(project, 'a feature library');
  if (name !== project || !/^feature-./.test(project)) {
    throw new Error(
      `There is no project "${project}". A feature library is called feature-…: to make a new one, ` +
        `say --project=feature-${name.replace(/^feature-?/, '') || 'something'}.`,
    );
  }
  const root = joinPathFragments(librariesFolder(tree, project), project);
  const topic = project.slice('feature-'.length);
  const moduleName = `${names(topic).className}Module`;
  const preset = ['cjs', 'js', 'mjs']
    .map((ending) => `jest.preset.${ending}`)
    .find((file) => tree.exists(file));
  const files = featureFiles({
    project,
    topic,
    moduleName,
    packageName: packageNameOf(tree, project),
    condition: sourceCondition(tree),
    preset,
    hasServers: packageRoots(draft).has(SERVERS),
    rangeOf: (dependency) => rangeOf(draft, dependency),
  });
  for (const [path, text] of Object.entries(files)) {
    if (!skipTests || !path.endsWith('.spec.ts')) draft.create(joinPathFragments(root, path), text);
  }
  addReferences(draft, root, skipTests ? [REDIS] : [REDIS, SERVERS]);
  if (draft.exists('tsconfig.json')) {
    draft.edit('tsconfig.json', addReference('tsconfig.json', draft.read('tsconfig.json'), `./${root}`));
  }
  draft.hint(`CREATED the library ${project}. Run \`npm install\`: it links it into the workspace.`);
  return { root, moduleName };
}

function librariesFolder(tree: Tree, project: string): string {
  const manifest = tree.exists('package.json')
    ? readJson<{ workspaces?: unknown }>(tree, 'package.json')
    : {};
  const patterns: unknown[] = Array.isArray(manifest.workspaces) ? manifest.workspaces : [];
  const folder = ['libs', 'packages'].find((one) => patterns.includes(`${one}/*`));
  if (folder !== undefined && tree.exists('tsconfig.base.json')) return folder;
  throw new Error(
    `There is no project "${project}", and a library is made here only where libs/* or packages/* are npm ` +
      `workspaces and tsconfig.base.json is at the root. Make it with \`npx nx generate @nx/nest:library ` +
      `libs/${project} --name=${project} --tags=scope:feature\`, then run this again.`,
  );
}

function packageNameOf(tree: Tree, project: string): string {
  const { name = '' } = readJson<{ name?: string }>(tree, 'package.json');
  const scope = /^(@[^/]+)\//.exec(name)?.[1];
  return scope === undefined ? project : `${scope}/${project}`;
}

/** Under which the packages of the workspace export their source to one another. */
function sourceCondition(tree: Tree): string | undefined {
  const { compilerOptions } = readJson<{ compilerOptions?: { customConditions?: string[] } }>(
    tree,
    'tsconfig.base.json',
  );
  return compilerOptions?.customConditions?.[0];
}
