/** Where a node is reached. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
  /** The name it announces beside an address: what its certificate is made out to. */
  readonly name?: string;
}

/** Slots in a row that one master serves. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly master: NodeAddress;
  /** Those who may take its place. */
  readonly replicas: readonly NodeAddress[];
}

export function addressKey({ host, port }: NodeAddress): string {
  return `${host}:${port}`;
}

/**
 * Reads the answer to `CLUSTER SLOTS`.
 *
 * @param askedHost of the node that answered: one that does not know its own address means this
 */
export function parseSlots(reply: unknown, askedHost: string): SlotRange[] {
  if (!Array.isArray(reply)) return [];
  return (reply as unknown[]).flatMap((range) => {
    const [from, to, ...nodes] = range as [number, number, ...ListedNode[]];
    const [first, ...others] = nodes;
    const master = first && addressOf(first, askedHost);
    if (!master) return [];
    return { from, to, master, replicas: others.flatMap((node) => addressOf(node, askedHost) ?? []) };
  });
}

type ListedNode = [host: string | null, port: number, id: string, details?: string[]];

/** Undefined for a node whose name is not known yet: it cannot be reached. */
function addressOf([host, port, , details]: ListedNode, askedHost: string): NodeAddress | undefined {
  if (host === '?') return undefined;
  const name = details?.[details.indexOf('hostname') + 1];
  return { host: host || askedHost, port, ...(details?.includes('hostname') && name ? { name } : {}) };
}
