import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAuditConfig, UsageError } from '../audit-config';
import { auditRepository } from '../audit-repository';
import type { AuditResult } from '../audit-result';
import { auditLive } from '../live/audit-live';
import { renderJson } from '../report/json';
import { ownerIn } from '../report/markdown-parts';
import { renderSarif } from '../report/sarif';
import { RULES } from '../verdict/rules';
import { readArguments, USAGE } from './arguments';
import { firstDifference, makeDocument, writeDocument } from './document';
import { writeText } from './write-text';

export interface Output {
  /** What was asked for. */
  out(text: string): void;
  /** Everything else. */
  say(text: string): void;
}

/** The command `sluice-redis-audit`. @returns the exit code */
export async function run(words: readonly string[], output: Output): Promise<number> {
  try {
    return await audit(words, output);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    output.say(`sluice-redis-audit: ${error.message}. See --help.\n`);
    return 2;
  }
}

async function audit(words: readonly string[], { out, say }: Output): Promise<number> {
  const { directory, json, sarif, check, live, help } = readArguments(words);
  if (help) {
    out(USAGE);
    return 0;
  }
  const root = resolve(directory);
  if (!existsSync(root) || !statSync(root).isDirectory()) throw new UsageError(`${directory} is no folder`);
  const config = readAuditConfig(root);
  const result = auditRepository(root, config);
  if (result.files.typescript + result.files.javascript === 0) {
    throw new UsageError(`${directory} has no TypeScript and no JavaScript: name the root of a repository`);
  }
  const seen = live ? await auditLive(root, config, result) : undefined;

  sayViolations(result, say);
  for (const problem of seen?.problems ?? []) say(`live: ${problem}\n`);
  if (seen) say(`live: ${seen.summary}\n`);
  if (json !== undefined) write(json, renderJson(result), out);
  if (sarif !== undefined) write(sarif, renderSarif(result), out);

  const document = makeDocument(root, config, result, seen?.section);
  const isStale = document.before !== document.after;
  if (check && isStale)
    say(`${document.path} is out of date, ${firstDifference(document)}. Run the audit without --check.\n`);
  // A live audit that went wrong is no truth to write down.
  if (!check && !(seen && seen.problems.length > 0)) writeDocument(root, document);
  const failed = result.verdict === 'violated' || (seen?.problems.length ?? 0) > 0 || (check && isStale);
  say(summaryOf(result, failed, document.path));
  return failed ? 1 : 0;
}

function sayViolations({ violations }: AuditResult, say: Output['say']): void {
  for (const { rule, file, line, column, message, confidence } of violations) {
    const doubt = confidence === 'certain' ? '' : ` (${confidence})`;
    say(`${file}:${line}:${column} ${rule}${doubt}\n  ${message}\n  ${RULES[rule].help}\n`);
  }
}

function summaryOf(
  { places, injections, violations, leftOut, owner, files }: AuditResult,
  failed: boolean,
  document: string,
): string {
  const inCode = <T extends { area: string }>(all: T[]) =>
    all.filter(({ area }) => area !== 'test' && area !== 'exempt').length;
  const where = ownerIn(owner, (one) => one) || 'nobody';
  return (
    `${files.typescript + files.javascript} files: ${inCode(places)} places that make or hand on clients, ${inCode(injections)} injections, ` +
    `${violations.length} violations; Redis belongs to ${where}${owner.how === 'guessed' ? ' (guessed)' : ''}` +
    `${leftOut.length > 0 ? `; ${leftOut.length} left out, see ${document}` : ''}. ${failed ? 'Not well.' : 'All is well.'}\n`
  );
}

function write(file: string, text: string, out: Output['out']): void {
  if (file === '-') out(text);
  else writeText(resolve(file), text);
}
