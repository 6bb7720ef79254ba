import { hostname } from 'node:os';
import type { LeaseKind } from '../observability/lease-metrics';

let made = 0;

/** `<host>:<pid>`, without what would end it in an id. */
export const THIS_PROCESS = `${hostname().replace(/[^\x21-\x7e]+/g, '-')}:${process.pid}`;

/** An id that nobody else has, with the mark of its owner's channel; a leader's also says which process it is. */
export function newLeaseId(kind: LeaseKind, mark: string): string {
  made += 1;
  const id = `${mark}/${made.toString(36)}`;
  return kind === 'leader' ? `${id}/${THIS_PROCESS}` : id;
}

/** Of a leader's id. */
export function processOf(id: string): string {
  return id.split('/').slice(2).join('/');
}
