import type { AuditResult } from '../audit-result';

/** The form that `redis-audit.schema.json` describes; a number more when a reader of the old form would go wrong. */
const FORMAT = 1;

export function renderJson(result: AuditResult): string {
  return `${JSON.stringify({ format: FORMAT, ...result }, null, 2)}\n`;
}
