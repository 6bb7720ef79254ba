import type { InstanceOf, Origin } from '../syntax/origin';
import { CLIENT_TYPES } from './known-clients';
import { KNOWN_MAKES } from './known-makes';
import type { Make } from './make';

const BY_NAME = new Map<string, Make[]>();
for (const make of KNOWN_MAKES) {
  for (const key of make.packages.flatMap((one) => make.names.map((name) => `${one}\0${name}`))) {
    BY_NAME.set(key, [...(BY_NAME.get(key) ?? []), make]);
  }
}

/** The row for using an export of a package in a way. */
export function matchMake(origin: Origin | undefined, by: Make['by']): Make | undefined {
  if (origin?.kind !== 'export') return undefined;
  return BY_NAME.get(`${origin.package}\0${origin.name}`)?.find((make) => make.by === by);
}

export function isKnownExport(packageName: string, name: string): boolean {
  return BY_NAME.has(`${packageName}\0${name}`) || CLIENT_TYPES.get(packageName)?.has(name) === true;
}

/** Whether an instance of it is a client. */
export function isClientType(of: InstanceOf): boolean {
  if (of.kind !== 'export') return false;
  if (CLIENT_TYPES.get(of.package)?.has(of.name)) return true;
  return BY_NAME.get(`${of.package}\0${of.name}`)?.some(({ kind }) => kind === 'client') === true;
}
