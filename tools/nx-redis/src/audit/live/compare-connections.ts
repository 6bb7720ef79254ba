import type { AuditResult } from '../audit-result';
import { isWithin } from '../places/areas';
import type { LiveReport, OpenedSocket } from './booted';

export interface ConnectionComparison {
  /** Role and how many of it there are. */
  roles: [role: string, count: number][];
  problems: string[];
}

/** Holds the connections of the running process against those that are declared. */
export function compareConnections(
  root: string,
  { owner }: AuditResult,
  report: LiveReport,
): ConnectionComparison {
  const problems: string[] = [];
  const ours = new Map(
    report.sockets.flatMap((one) => (one.local === undefined ? [] : [[one.local, one] as const])),
  );
  const declared = report.connections.map(({ name, ...rest }) => ({ ...rest, name: new RegExp(name) }));
  const undeclared = report.clients.filter((client) => !declared.some(({ name }) => name.test(client.name)));
  for (const { name, address, library } of undeclared) {
    const opener = ours.get(address);
    const what = `a connection${name ? ` named "${name}"` : ' without a name'}${library ? ` of ${library}` : ''}`;
    problems.push(
      `${what} is not declared; ${opener ? `it was opened at ${way(opener, root)}` : 'another process opened it'}.`,
    );
  }
  const roles = declared.map(({ role, name, count }): [string, number] => {
    const there = report.clients.filter((client) => name.test(client.name)).length;
    if (there !== count)
      problems.push(
        `${there} connections of the role "${role}", declared ${count === 1 ? 'is' : 'are'} ${count}.`,
      );
    return [role, there];
  });
  problems.push(...closedAgain(root, owner, report));
  const most = declared.reduce((sum, { count }) => sum + count, 0);
  if (undeclared.length === 0 && report.ioredisConnects > most) {
    problems.push(
      `ioredis connected ${report.ioredisConnects} clients, but ${most} connections are declared: some came and went.`,
    );
  }
  return { roles, problems };
}

/** Sockets to a port of Redis that the owner did not open, also those that are gone by now. */
function closedAgain(
  root: string,
  { folders, packages }: AuditResult['owner'],
  { sockets, clients, connections }: LiveReport,
): string[] {
  const listed = new Set(clients.map(({ address }) => address));
  const declared = connections.map(({ name }) => new RegExp(name));
  const ports = new Set(
    sockets
      .filter(({ local }) => {
        const client = clients.find(({ address }) => address === local);
        return client !== undefined && declared.some((name) => name.test(client.name));
      })
      .map(({ port }) => port),
  );
  const isOwners = (frame: string) =>
    folders.some((folder) => isWithin(relative(frame, root), folder)) ||
    packages.some((name) => frame.includes(`node_modules/${name}/`));
  return sockets
    .filter(({ port, local }) => port !== undefined && ports.has(port) && !listed.has(local ?? ''))
    .filter(({ stack }) => !stack.some(isOwners))
    .map(
      (socket) =>
        `a connection to Redis came and went that the owner did not open; it was opened at ${way(socket, root)}.`,
    );
}

/** The nearest frames of the repository's own code; of packages only when there is nothing else. */
function way({ stack }: OpenedSocket, root: string): string {
  const own = stack.filter((frame) => frame.includes(root) && !frame.includes('node_modules'));
  const shown = (own.length > 0 ? own : stack).slice(0, 3).map((frame) => frame.replaceAll(`${root}/`, ''));
  return shown.length > 0 ? shown.join(' ← ') : 'a place without a stack';
}

function relative(frame: string, root: string): string {
  const at = frame.indexOf(`${root}/`);
  return at === -1 ? frame : frame.slice(at + root.length + 1);
}
