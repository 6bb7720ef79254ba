import type { GeneratorCallback, Tree } from '@nx/devkit';
import { Draft } from '../draft/draft';
import { addAuditConfig } from './lib/add-audit-config';
import { addCiStep } from './lib/add-ci-step';
import { addLintPolicy } from './lib/add-lint-policy';
import { addPackages } from './lib/add-packages';
import { addTags } from './lib/add-tags';
import { listOwnClients } from './lib/list-own-clients';

/** Options of `nx generate @sluice/nx-redis:init`. */
export interface InitOptions {
  /** Default false. */
  skipFormat?: boolean;
}

/**
 * Brings the rule of one door into a workspace that is there already. What it cannot decide, and what has to change
 * before the rule holds, it lists, each line with TODO. Run twice, it changes nothing.
 */
export async function initGenerator(tree: Tree, options: InitOptions): Promise<GeneratorCallback> {
  const draft = new Draft(tree);
  addPackages(draft);
  addLintPolicy(draft);
  addTags(draft);
  addAuditConfig(draft);
  addCiStep(draft);
  listOwnClients(draft);
  return draft.apply(options);
}

export default initGenerator;
