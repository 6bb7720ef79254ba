import { joinPathFragments, readJson } from '@nx/devkit';
import type { Draft } from '../draft/draft';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** For a workspace that has not chosen yet. */
const TRIED: Record<string, string> = {
  '@nestjs/common': '^11.2.0',
  '@nestjs/core': '^11.2.0',
  '@nestjs/schedule': '^6.1.3',
  '@nestjs/testing': '^11.2.0',
  '@sluice/data-access-redis': '^0.1.0',
  cron: '4.4.0',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.0',
  zod: '^4.6.7',
};

/** The range in which the workspace uses a package already, so that it stays one version; else one that was tried. */
export function rangeOf({ tree, projects }: Draft, name: string): string {
  const roots = ['.', ...[...projects.values()].map(({ root }) => root)];
  for (const root of roots) {
    const path = joinPathFragments(root, 'package.json');
    if (!tree.exists(path)) continue;
    const { dependencies, devDependencies } = readJson<Manifest>(tree, path);
    const range = dependencies?.[name] ?? devDependencies?.[name];
    if (range !== undefined) return range;
  }
  return TRIED[name] ?? '*';
}
