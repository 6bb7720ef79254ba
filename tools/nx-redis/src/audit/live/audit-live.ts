import { type AuditConfig, UsageError } from '../audit-config';
import type { AuditResult } from '../audit-result';
import { boot } from './boot';
import { compareConnections } from './compare-connections';
import { compareGraphs } from './compare-graphs';

export interface LiveAudit {
  /** What is not as it should be; empty when all is well. */
  problems: string[];
  /** One line of numbers. */
  summary: string;
  /** For the document; nothing in it changes while all is well. */
  section: string;
}

/** Boots the application and holds what it does against what its code says. @throws UsageError when it cannot boot */
export async function auditLive(root: string, config: AuditConfig, result: AuditResult): Promise<LiveAudit> {
  if (!config.boot)
    throw new UsageError('--live needs "boot" in redis-audit.json: the command that boots the application');
  const report = await boot(root, config.boot);
  const graph = compareGraphs(result, report);
  const connections = compareConnections(root, result, report);
  const roles = connections.roles.map(([role, count]) => `\`${role}\` ${count}`).join(', ');
  const names = graph.elsewhere.map((name) => `\`${name}\``).join(', ');
  const elsewhere =
    names === '' ? [] : [`- Not asked of Nest: ${names}, in files that this application does not load.`];
  return {
    problems: [...graph.problems, ...connections.problems],
    summary: `${graph.both} injections in the code and in Nest's graph; connections: ${roles.replaceAll('`', '')}; ${report.ioredisConnects} clients connected.`,
    section: [
      'The application was booted on a real server and put to work, near caches on:',
      '',
      `- [x] Nest's own graph and the code agree on every injection of what the owner exports.`,
      ...elsewhere,
      `- [x] \`CLIENT LIST\` has the declared connections and no other: ${roles}.`,
      `- [x] Every socket to Redis was opened by the owner: by ioredis' tracing channel and the process's own sockets.`,
    ].join('\n'),
  };
}
