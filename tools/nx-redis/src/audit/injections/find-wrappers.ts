import ts from 'typescript';
import type { Wrapper } from '../audit-result';
import type { NestProviders } from '../nest/providers';
import { isWithin } from '../places/areas';
import { type AuditContext, locate } from '../places/context';
import { kindByName } from './injectables';
import type { Reach } from './reach';

/** What the owner's modules export of Redis, each with what is between it and the client. */
export function findWrappers(
  { origins }: AuditContext,
  nest: NestProviders,
  reach: Reach,
  owners: readonly string[],
): Wrapper[] {
  const found = new Map<string, Wrapper>();
  for (const module of nest.modules) {
    const { fileName } = module.node.getSourceFile();
    if (!owners.some((folder) => isWithin(fileName, folder))) continue;
    for (const token of module.exports) {
      const value = nest.valueOf(token);
      const reaches = reach.pathOf(value);
      if (!reaches) continue;
      const origin = origins.of(token);
      const isClass = origin?.kind === 'class';
      const node = isClass ? (origin.node.name ?? origin.node) : declarationOf(token, nest);
      const name = token.getText();
      found.set(name, { ...locate(node), name, what: isClass ? kindByName(name) : 'client', reaches });
    }
  }
  return [...found.values()];
}

function declarationOf(token: ts.Expression, nest: NestProviders): ts.Node {
  return nest.providersOf(nest.tokenOf(token))[0]?.node ?? token;
}
