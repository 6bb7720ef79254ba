import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditRepository } from '../audit-repository';
import { compare, type Comparison, sum } from './compare';
import type { Labels } from './fixture';

interface LabelledRepository extends Labels {
  repository: string;
  commit: string;
}

/**
 * Compares the audit with public repositories that were labelled by hand. Their code is not kept here: give a folder in
 * which each is checked out at the commit of its labels, as `<owner>+<name>`.
 *
 * @returns one line of text for each repository, and for all of them
 */
export function comparePublicRepositories(folder: string): { lines: string[]; all: Comparison[] } {
  const path = join(__dirname, '../fixtures/public-repositories.json');
  const repositories = JSON.parse(readFileSync(path, 'utf8')) as LabelledRepository[];
  const all: Comparison[] = [];
  const lines = repositories.flatMap((labels) => {
    const root = join(folder, labels.repository.replace('/', '+'));
    if (!existsSync(root)) return [`${labels.repository}: not checked out, left out`];
    const result = auditRepository(root);
    return (['places', 'injections'] as const).flatMap((kind) => {
      if (!labels[kind]) return [];
      const comparison = compare(result, labels, kind);
      all.push(comparison);
      return describe(labels.repository, kind, comparison);
    });
  });
  const { right, precision, recall } = sum(all);
  return { lines: [...lines, `all: ${right} right, precision ${precision}, recall ${recall}`], all };
}

function describe(repository: string, kind: string, comparison: Comparison): string[] {
  const { right, precision, recall, missed, invented } = comparison;
  return [
    `${repository}, ${kind}: ${right} right, precision ${precision}, recall ${recall}`,
    ...missed.map((one) => `  missed ${one}`),
    ...invented.map((one) => `  invented ${one}`),
  ];
}
