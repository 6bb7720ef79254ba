import type { AuditResult } from '../audit-result';

/** Who reaches Redis by what, as a Mermaid diagram: users on the left, the server on the right. */
export function flowDiagram({ injections, wrappers, places, owner }: AuditResult): string {
  const ids = new Map<string, string>();
  const id = (name: string): string => {
    if (!ids.has(name)) ids.set(name, `n${ids.size}`);
    return ids.get(name) ?? '';
  };
  const node = (name: string) => `${id(name)}["${name.replace(/"/g, "'")}"]`;
  const edges = new Set<string>();
  for (const { user, token, what, area, by } of injections) {
    if (area !== 'production' && area !== 'owner') continue;
    const to = wrapperNamed(token, what, wrappers);
    edges.add(`${node(user)} -->${by === 'constructor' ? '' : `|${by}|`} ${node(to)}`);
  }
  const inside = wrappers.map(({ name }) => node(name));
  const client = node('one shared connection');
  for (const { name } of wrappers) edges.add(`${node(name)} --> ${client}`);
  if (wrappers.length > 0 || owner.how !== 'none') edges.add(`${client} --> redis[("Redis")]`);
  for (const place of places) {
    if (place.area !== 'production' || place.opens === 'handed') continue;
    edges.add(
      `${node(`${place.inside || place.file} (${place.file}:${place.line})`)} -. makes a client of ${place.package} .-> redis[("Redis")]`,
    );
  }
  const folder = [...owner.packages, ...owner.folders].join(', ') || 'no owner';
  return [
    '```mermaid',
    'flowchart LR',
    `  subgraph owner["${folder}"]`,
    ...[...inside, client].map((line) => `    ${line}`),
    '  end',
    ...[...edges].map((edge) => `  ${edge}`),
    '```',
  ].join('\n');
}

/** An injection by type, by token or by decorator leads to what the owner exports. */
function wrapperNamed(token: string, what: string, wrappers: AuditResult['wrappers']): string {
  return (
    (wrappers.find(({ name }) => name === token) ?? wrappers.find((one) => one.what === what))?.name ?? token
  );
}
