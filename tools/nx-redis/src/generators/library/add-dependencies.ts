import { joinPathFragments } from '@nx/devkit';
import type { Draft } from '../draft/draft';
import { editJson } from '../draft/edit-json';
import { packageRoots } from './package-names';
import { rangeOf } from './range-of';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Adds what the new files import to the package.json of the library; without one of its own, to that of the root. */
export function addDependencies(draft: Draft, projectRoot: string, names: readonly string[]): void {
  const own = joinPathFragments(projectRoot, 'package.json');
  const path = draft.exists(own) ? own : 'package.json';
  if (!draft.exists(path)) return;
  const siblings = packageRoots(draft);
  editJson<Manifest>(draft, path, (manifest) => {
    const { dependencies, peerDependencies } = manifest;
    const missing = names.filter((name) => !dependencies?.[name] && !peerDependencies?.[name]);
    if (missing.length === 0) return;
    manifest.dependencies = { ...dependencies };
    for (const name of missing) {
      manifest.dependencies[name] = siblings.has(name) ? '*' : rangeOf(draft, name);
    }
    draft.hint(`Run \`npm install\`: ${missing.join(', ')} is new in ${path}.`);
  });
}
