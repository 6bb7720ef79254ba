import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditConfig } from '../audit-config';
import type { AuditResult } from '../audit-result';
import { liveSectionOf, renderMarkdown } from '../report/markdown';
import { writeText } from './write-text';

export interface Document {
  /** Relative to the repository. */
  path: string;
  before: string | undefined;
  after: string;
}

/** @param live the section of the live audit; without one that of the document is kept */
export function makeDocument(
  root: string,
  config: AuditConfig,
  result: AuditResult,
  live: string | undefined,
): Document {
  const path = config.document ?? 'docs/redis-usage-audit.md';
  const before = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
  const kept = before === undefined ? undefined : liveSectionOf(before);
  return { path, before, after: renderMarkdown(result, live ?? kept) };
}

export function writeDocument(root: string, { path, before, after }: Document): void {
  if (before !== after) writeText(join(root, path), after);
}

/** The first line that differs, for a message. */
export function firstDifference({ before, after }: Document): string {
  const old = (before ?? '').split('\n');
  const fresh = after.split('\n');
  const at = fresh.findIndex((line, index) => line !== old[index]);
  const line = at === -1 ? fresh.length : at;
  return `line ${line + 1}: "${old[line] ?? ''}" should be "${fresh[line] ?? ''}"`;
}
