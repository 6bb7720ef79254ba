import * as ts from 'typescript';
import { joinPathFragments, visitNotIgnoredFiles } from '@nx/devkit';
import { isBanned, REDIS_PACKAGES } from '../../../audit/makes/banned-imports';
import { realName } from '../../../audit/sources/manifests';
import type { Draft } from '../../draft/draft';
import { packageRoots } from '../../library/package-names';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Lists what keeps the rule from holding: who imports a client, which package.json has one, and the missing module. */
export function listOwnClients(draft: Draft): void {
  const { tree } = draft;
  const own = packageRoots(draft);
  const clients = new Set(REDIS_PACKAGES);
  const texts = new Map<string, string>();
  let usesModule = false;
  visitNotIgnoredFiles(tree, '.', (path) => {
    const file = joinPathFragments(path);
    if (/(^|\/)(node_modules|dist)\//.test(file)) return;
    if (/(^|\/)package\.json$/.test(file)) {
      for (const name of listDependencies(draft, file, own)) clients.add(name);
    } else if (/\.[cm]?[jt]sx?$/.test(file)) {
      texts.set(file, tree.read(file, 'utf8') ?? '');
    }
  });
  for (const [file, text] of texts) {
    usesModule ||= text.includes('RedisModule.forRoot');
    listImports(draft, file, text, clients);
  }
  if (!usesModule) {
    draft.hint(
      'TODO Import RedisModule.forRoot() of @sluice/data-access-redis in the module of each application; it reads REDIS_URL.',
    );
  }
}

function listImports(draft: Draft, file: string, text: string, clients: ReadonlySet<string>): void {
  if (![...clients].some((name) => text.includes(name))) return;
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const packages = importedFiles.map(({ fileName }) => /^(@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? '');
  const found = [...new Set(packages)].filter((name) => clients.has(name));
  if (found.length > 0) {
    draft.hint(
      `TODO ${file} imports ${found.join(', ')}: inject RedisService of @sluice/data-access-redis instead.`,
    );
  }
}

/** @returns the clients that the package.json has, by the names they are imported by */
function listDependencies(draft: Draft, file: string, own: ReadonlyMap<string, string>): string[] {
  const { dependencies, devDependencies } = JSON.parse(draft.read(file)) as Manifest;
  const clients = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name, range]) => !own.has(name) && isBanned(realName(name, range)))
    .map(([name]) => name);
  if (clients.length > 0)
    draft.hint(`TODO ${file} has ${clients.join(', ')}: remove it when nobody imports it any more.`);
  return clients;
}
