import type * as ts from 'typescript';
import { BANNED_IMPORTS } from '../../../audit/makes/banned-imports';
import { append } from '../../../syntax/append';
import type { Draft } from '../../draft/draft';
import { addRestrictedSyntax } from './add-restricted-syntax';
import { findList, sourceOf } from './lint-source';

const BOUNDARY = '@nx/enforce-module-boundaries';
const FLAT = ['mjs', 'js', 'cjs', 'ts', 'mts', 'cts'].map((ending) => `eslint.config.${ending}`);

/** Adds what is banned to the lint configuration at the root, whichever of the two kinds it is. */
export function addLintPolicy(draft: Draft): void {
  const path = configurationOf(draft);
  if (path === undefined) {
    draft.hint(
      'TODO There is no ESLint configuration at the root: make one (nx generate @nx/eslint:init), then run this again.',
    );
    return;
  }
  const source = sourceOf(path, draft.read(path));
  const constraints = findList(source, 'depConstraints');
  if (!constraints) {
    draft.hint(
      `TODO ${path} has no list depConstraints: set up the rule ${BOUNDARY} there, then run this again.`,
    );
    return;
  }
  if (!holds(source, constraints)) {
    const ban = { sourceTag: '*', bannedExternalImports: BANNED_IMPORTS };
    draft.edit(path, append(source, constraints, JSON.stringify(ban, null, 2)));
  }
  addRestrictedSyntax(draft, path);
}

/** The flat one when both are there, unless it reads the other. */
function configurationOf(draft: Draft): string | undefined {
  const flat = FLAT.find((path) => draft.exists(path));
  const json = draft.exists('.eslintrc.json') ? '.eslintrc.json' : undefined;
  if (flat !== undefined && json !== undefined && draft.read(flat).includes(json)) return json;
  return flat ?? json;
}

/** By the first of what is banned, whatever somebody took away or added behind it. */
function holds(source: ts.SourceFile, constraints: ts.ArrayLiteralExpression): boolean {
  const [first = ''] = BANNED_IMPORTS;
  return constraints.elements.some((element) => element.getText(source).includes(first));
}
