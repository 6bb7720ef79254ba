import { CONFIG_FILE } from '../../../audit/audit-config';
import type { Draft } from '../../draft/draft';
import { packageRoots, REDIS } from '../../library/package-names';

/** Says who owns Redis, so that the audit need not guess, and holds manifests and re-exports to it as well. */
export function addAuditConfig(draft: Draft): void {
  // Where the owner is a library of the workspace, it is named by its folder.
  const owner = packageRoots(draft).get(REDIS) ?? REDIS;
  draft.create(CONFIG_FILE, `${JSON.stringify({ owner: [owner] })}\n`);
}
