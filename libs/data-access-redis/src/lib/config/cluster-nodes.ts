import { isIP } from 'node:net';
import type { NodeAddress } from '../connection/cluster/cluster-slots';

const NODE = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i;

/**
 * Reads `host:port`, an IPv6 address in brackets. What is wrong is added to `problems`, which never repeat the text.
 * @param option in which it stands
 */
export function parseNode(
  text: string,
  problems: string[],
  option: 'cluster' | 'sentinel' = 'cluster',
): NodeAddress {
  const [, address, name, digits] = NODE.exec(text) ?? [];
  const host = address ?? name;
  const port = Number(digits);
  const valid =
    host !== undefined && port >= 1 && port <= 65_535 && (address === undefined || isIP(address) === 6);
  if (valid) return { host, port };
  problems.push(
    `${option}: a node is written host:port, an IPv6 address [::1]:6379; the user, the password and TLS are given apart from the nodes`,
  );
  return { host: '', port: 0 };
}
