import { basename } from 'node:path';
import { joinPathFragments } from '@nx/devkit';
import type { ProjectConfiguration } from '@nx/devkit';
import type { Draft } from '../../draft/draft';
import { editJson } from '../../draft/edit-json';

interface Manifest {
  tags?: string[];
  nx?: { tags?: string[] };
}

const BY_NAME: readonly [RegExp, string][] = [
  [/^feature-|-feature(-|$)/, 'scope:feature'],
  [/^data-access-?|-data-access(-|$)/, 'scope:data-access'],
  [/^(util|shared)(-|$)|-utils?$/, 'scope:util'],
  [/^testing-?|-testing$/, 'scope:testing'],
];

/** Gives each project a scope where its name or kind tells it, and lists the others. */
export function addTags(draft: Draft): void {
  for (const [name, project] of draft.projects) {
    if (project.root === '.' || project.tags?.some((tag) => tag.startsWith('scope:'))) continue;
    const path = ['project.json', 'package.json']
      .map((file) => joinPathFragments(project.root, file))
      .find((file) => draft.exists(file));
    const scope = scopeOf(name, project);
    if (scope === undefined || path === undefined) {
      draft.hint(
        `TODO ${name} has no scope: add one of scope:app, scope:feature, scope:data-access, scope:util to its tags.`,
      );
      continue;
    }
    editJson<Manifest>(draft, path, (manifest) => {
      if (path.endsWith('project.json')) manifest.tags = [...(manifest.tags ?? []), scope];
      else manifest.nx = { ...manifest.nx, tags: [...(manifest.nx?.tags ?? []), scope] };
    });
  }
}

function scopeOf(name: string, { root, projectType }: ProjectConfiguration): string | undefined {
  if (projectType === 'application' || /^apps\//.test(root)) return 'scope:app';
  const folder = basename(root);
  return BY_NAME.find(([pattern]) => pattern.test(folder) || pattern.test(name))?.[1];
}
