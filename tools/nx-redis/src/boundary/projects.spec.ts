import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProjectGraphAsync, workspaceRoot } from '@nx/devkit';
import type { ProjectConfiguration } from '@nx/devkit';

interface Manifest {
  [group: string]: Record<string, string> | undefined;
}

/** The rules of the house that no linter sees, since they are about projects and not about files. */
describe('projects of the workspace', () => {
  let projects: ProjectConfiguration[];

  beforeAll(async () => {
    const graph = await createProjectGraphAsync({ exitOnError: false });
    projects = Object.values(graph.nodes).map((node) => node.data);
  }, 120_000);

  const names = (chosen: ProjectConfiguration[]) => chosen.map(({ name }) => name);

  it('have exactly one scope', () => {
    const known = ['app', 'feature', 'data-access', 'util', 'testing', 'tool'].map(
      (scope) => `scope:${scope}`,
    );
    const wrong = projects.filter(({ tags = [] }) => {
      const scopes = tags.filter((tag) => tag.startsWith('scope:'));
      return scopes.length !== 1 || !known.includes(scopes[0] ?? '');
    });
    expect(names(wrong)).toEqual([]);
  });

  it('have a lint target', () => {
    expect(names(projects.filter(({ targets }) => !targets?.['lint']))).toEqual([]);
  });

  it('are every folder of apps, libs and tools', () => {
    const roots = new Set(projects.map(({ root }) => root));
    // As git sees it: what another branch has left of its builds is no project.
    const words = ['ls-files', '--cached', '--others', '--exclude-standard', 'apps', 'libs', 'tools'];
    const files = execFileSync('git', words, { cwd: workspaceRoot, encoding: 'utf8' });
    const folders = new Set(files.match(/^[^/\n]+\/[^/\n]+(?=\/)/gm));
    expect(folders.size).toBeGreaterThan(8);
    expect([...folders].filter((folder) => !roots.has(folder))).toEqual([]);
  });

  it('are one in which ioredis is a dependency: its owner', () => {
    const groups = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
    const owners = projects.filter(({ root }) => {
      // Measures us beside other clients; it has a lockfile of its own and is outside of the workspaces.
      if (root === 'tools/benchmarks') return false;
      const manifest = readManifest(join(workspaceRoot, root, 'package.json'));
      return groups.some((group) =>
        Object.entries(manifest[group] ?? {}).some(
          ([name, range]) => /^ioredis$/.test(name) || /^npm:ioredis(@|$)/.test(range),
        ),
      );
    });
    expect(names(owners)).toEqual(['data-access-redis']);
  });
});

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch {
    return {}; // A project of scripts has a project.json only.
  }
}
