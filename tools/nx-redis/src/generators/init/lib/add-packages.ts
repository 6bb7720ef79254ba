import type { Draft } from '../../draft/draft';
import { editJson } from '../../draft/edit-json';
import { packageRoots } from '../../library/package-names';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const RANGE = '^0.1.0';

/** Adds the owner of Redis and this plugin to the package.json at the root. */
export function addPackages(draft: Draft): void {
  const own = packageRoots(draft);
  const needed = { dependencies: '@sluice/data-access-redis', devDependencies: '@sluice/nx-redis' } as const;
  editJson<Manifest>(draft, 'package.json', (manifest) => {
    for (const [group, name] of Object.entries(needed) as ['dependencies' | 'devDependencies', string][]) {
      const present = manifest.dependencies?.[name] ?? manifest.devDependencies?.[name];
      if (present !== undefined || own.has(name)) continue;
      manifest[group] = { ...manifest[group], [name]: RANGE };
      draft.hint(`Run \`npm install\`: ${name} is new in package.json.`);
    }
  });
}
