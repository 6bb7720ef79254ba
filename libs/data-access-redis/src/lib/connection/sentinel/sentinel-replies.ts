import type { NodeAddress } from '../cluster/cluster-slots';

/** What one sentinel says of the master. */
export interface MasterView {
  readonly address: NodeAddress;
  /** Grows with each fail-over: who knows of a higher one knows better. */
  readonly epoch: number;
}

/** Another sentinel, as one of them sees it. */
export interface Peer {
  readonly address: NodeAddress;
  readonly id: string;
  /** That one can reach it. */
  readonly alive: boolean;
}

/**
 * @param master the answer to `SENTINEL MASTER`
 * @param address to `SENTINEL GET-MASTER-ADDR-BY-NAME`, which names a new master a little sooner; asked for second, so
 * that no old address is taken for that of a new epoch
 */
export function parseMaster(master: unknown, address: unknown): MasterView | undefined {
  const epoch = Number(fieldsOf(master).get('config-epoch'));
  if (!Array.isArray(address)) return undefined;
  const [host, port] = address.map(String);
  return host && port ? { address: { host, port: Number(port) }, epoch: epoch || 0 } : undefined;
}

/** @param reply to `SENTINEL SENTINELS` */
export function parsePeers(reply: unknown): Peer[] {
  if (!Array.isArray(reply)) return [];
  return (reply as unknown[]).map(fieldsOf).flatMap((fields) => {
    const host = fields.get('ip');
    const id = fields.get('runid');
    if (!host || !id) return [];
    const alive = !/s_down|disconnected/.test(fields.get('flags') ?? '');
    return { address: { host, port: Number(fields.get('port')) }, id, alive };
  });
}

/** A list of names, each with its value behind it. */
function fieldsOf(reply: unknown): Map<string, string> {
  const words = Array.isArray(reply) ? reply.map(String) : [];
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < words.length; i += 2) fields.set(words[i] as string, words[i + 1] as string);
  return fields;
}
