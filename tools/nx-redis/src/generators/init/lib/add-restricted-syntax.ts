import * as ts from 'typescript';
import { append } from '../../../syntax/append';
import { insert } from '../../../syntax/source-edit';
import type { Draft } from '../../draft/draft';
import { exportedList, findList, findProperties, sourceOf } from './lint-source';
import { RESTRICTED_SYNTAX } from './restricted-syntax';

const RULE = 'no-restricted-syntax';
const FILES = ['**/*.ts', '**/*.tsx', '**/*.cts', '**/*.mts', '**/*.js', '**/*.jsx', '**/*.cjs', '**/*.mjs'];

/**
 * Bans what the boundary rule does not look at. A second setting of a rule replaces the first, so what is banned joins
 * each setting that is there; for files that have none there is a block of its own, before all those.
 */
export function addRestrictedSyntax(draft: Draft, path: string): void {
  const settings = () => findProperties(sourceOf(path, draft.read(path)), RULE);
  const blocks = blocksOf(sourceOf(path, draft.read(path)));
  const before = settings();
  if (!blocks || before.some((setting) => listOf(setting) === undefined)) {
    const selectors = RESTRICTED_SYNTAX.map(({ selector }) => selector).join('  ');
    draft.hint(`TODO ${path}: add these to the rule ${RULE} by hand: ${selectors}`);
    return;
  }
  if (before.length > 0 && before.every(holdsIt)) return;
  for (let at = 0; at < before.length; at++) {
    const setting = settings()[at];
    if (setting && !holdsIt(setting)) draft.edit(path, joined(setting));
  }
  if (!before.some((setting) => isForAllFiles(setting, blocks, path))) addBlock(draft, path);
}

function addBlock(draft: Draft, path: string): void {
  const source = sourceOf(path, draft.read(path));
  const blocks = blocksOf(source);
  if (!blocks) return;
  const files = path.endsWith('.json') ? FILES.map((file) => file.slice('**/'.length)) : FILES;
  const text = JSON.stringify({ files, rules: { [RULE]: ['error', ...RESTRICTED_SYNTAX] } }, null, 2);
  const own = findProperties(source, RULE);
  const next = blocks.elements.find((block) => own.some((one) => isInside(one, block)));
  const at = (own.length > 0 ? (next ?? blocks.elements[0]) : undefined)?.getStart(source);
  draft.edit(
    path,
    at === undefined ? append(source, blocks, text) : insert(source.text, [{ at, text: `${text},\n` }]),
  );
}

/** The text of the file with what is banned added to a setting that is there. */
function joined(setting: ts.PropertyAssignment): string {
  let source = setting.getSourceFile();
  const start = setting.getStart(source);
  for (const one of RESTRICTED_SYNTAX) {
    const found = findProperties(source, RULE).find((other) => other.getStart(source) === start);
    const list = found && listOf(found);
    if (list) source = sourceOf(source.fileName, append(source, list, JSON.stringify(one)));
  }
  return source.text;
}

/** `['error', …]`; undefined when it is something else, or off. */
function listOf({ initializer }: ts.PropertyAssignment): ts.ArrayLiteralExpression | undefined {
  if (!ts.isArrayLiteralExpression(initializer)) return undefined;
  const [severity] = initializer.elements;
  const isOn =
    severity &&
    (ts.isStringLiteral(severity) || ts.isNumericLiteral(severity)) &&
    !['off', '0'].includes(severity.text);
  return isOn ? initializer : undefined;
}

function holdsIt(setting: ts.PropertyAssignment): boolean {
  return setting.initializer.getText().includes('TSImportType Literal');
}

/** The rules at the root of `.eslintrc.json`, or of a block that chooses no files. */
function isForAllFiles(
  setting: ts.PropertyAssignment,
  blocks: ts.ArrayLiteralExpression,
  path: string,
): boolean {
  const block = setting.parent.parent.parent;
  if (!ts.isObjectLiteralExpression(block)) return false;
  if (path.endsWith('.json')) return !isInside(setting, blocks);
  const chooses = block.properties.some((one) => /^["']?(files|ignores)\b/.test(one.getText()));
  return isInside(block, blocks) && block.parent.kind === ts.SyntaxKind.ArrayLiteralExpression && !chooses;
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return outer.pos <= node.pos && node.end <= outer.end;
}

function blocksOf(source: ts.SourceFile): ts.ArrayLiteralExpression | undefined {
  return source.fileName.endsWith('.json') ? findList(source, 'overrides') : exportedList(source);
}
