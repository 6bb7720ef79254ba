import type { AuditResult } from '../audit-result';
import type { Labels } from './fixture';

export interface Comparison {
  missed: string[];
  invented: string[];
  right: number;
  precision: number;
  recall: number;
}

type Kind = 'places' | 'injections' | 'through' | 'violations';

/** What the audit says, in the form of the labels. */
export function said(result: AuditResult, kind: Kind): string[] {
  switch (kind) {
    case 'places':
      return result.places.map((one) => `${one.file}:${one.line} ${one.kind} ${one.opens}`);
    case 'injections':
      return result.injections.map((one) => `${one.file}:${one.line} ${one.what} ${one.by}`);
    case 'through':
      return result.through.map((one) => `${one.file} ${one.user}`);
    case 'violations':
      return result.violations.map((one) => `${one.file}:${one.line} ${one.rule}`);
  }
}

export function compare(result: AuditResult, labels: Labels, kind: Kind): Comparison {
  const found = said(result, kind);
  const missed = [...(labels[kind] ?? [])];
  const invented: string[] = [];
  for (const one of found) {
    const at = missed.indexOf(one);
    if (at === -1) invented.push(one);
    else missed.splice(at, 1);
  }
  const right = found.length - invented.length;
  return {
    missed,
    invented,
    right,
    precision: found.length === 0 ? 1 : right / found.length,
    recall: right + missed.length === 0 ? 1 : right / (right + missed.length),
  };
}

export function sum(all: readonly Comparison[]): { precision: number; recall: number; right: number } {
  const count = (of: (one: Comparison) => number) => all.reduce((total, one) => total + of(one), 0);
  const right = count((one) => one.right);
  const invented = count((one) => one.invented.length);
  const missed = count((one) => one.missed.length);
  return {
    right,
    precision: right + invented === 0 ? 1 : right / (right + invented),
    recall: right + missed === 0 ? 1 : right / (right + missed),
  };
}
