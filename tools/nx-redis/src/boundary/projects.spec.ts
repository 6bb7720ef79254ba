import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProjectGraphAsync, workspaceRoot } from '@nx/devkit';
import type { ProjectConfiguration } from '@nx/devkit';
import { isBanned } from '../audit/makes/banned-imports';
import { realName } from '../audit/sources/manifests';

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

  it('are one in which a client of Redis is a dependency: its owner', () => {
    const owners = projects.filter(({ root }) => {
      // Measures us beside other clients; it has a lockfile of its own and is outside of the workspaces.
      if (root === 'tools/benchmarks') return false;
      return declaresClient(readManifest(join(workspaceRoot, root, 'package.json')));
    });
    expect(names(owners)).toEqual(['data-access-redis']);
  });

  it.each([
    ['ioredis', '6.0.0', true],
    ['my-cache', 'npm:ioredis@6.0.0', true],
    ['my-cache', 'npm:@redis/client', true],
    ['@redis/client', '*', true],
    ['iovalkey', '*', true],
    ['bullmq', '*', true],
    ['@socket.io/redis-adapter', '*', true],
    ['@sluice/data-access-redis', '*', false],
    ['js-redis-server', '0.3.0', false],
  ])('that would depend on %s@%s count as owners: %s', (name, range, counts) => {
    expect(declaresClient({ peerDependencies: { [name]: range } })).toBe(counts);
  });
});

/** By its name, or by another one: `npm:ioredis@6`. */
function declaresClient(manifest: Manifest): boolean {
  const groups = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
  return groups
    .flatMap((group) => Object.entries(manifest[group] ?? {}))
    .some(([name, range]) => isBanned(name) || isBanned(realName(name, range)));
}

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch {
    return {}; // A project of scripts has a project.json only.
  }
}
