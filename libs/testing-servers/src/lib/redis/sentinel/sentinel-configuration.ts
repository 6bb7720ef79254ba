/** What a Sentinel is told at its start; the rest it would find out, but only after seconds. */
export interface SentinelSetting {
  readonly name: string;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly quorum: number;
  /** Its own id, 40 hexadecimal digits. */
  readonly id: string;
  readonly master: number;
  readonly replicas: readonly number[];
  readonly others: readonly { readonly id: string; readonly port: number }[];
  /** Of the servers. */
  readonly password?: string;
}

/** The text of a configuration file. All ports are on loopback. */
export function sentinelConfiguration(setting: SentinelSetting): string {
  const { name, password } = setting;
  const about = (word: string, ...words: (string | number)[]) => ['sentinel', word, name, ...words].join(' ');
  return [
    `sentinel myid ${setting.id}`,
    about('monitor', '127.0.0.1', setting.master, setting.quorum),
    about('down-after-milliseconds', setting.downAfterMs),
    about('failover-timeout', setting.failoverTimeoutMs),
    ...(password ? [about('auth-pass', JSON.stringify(password))] : []),
    ...setting.replicas.map((port) => about('known-replica', '127.0.0.1', port)),
    ...setting.others.map(({ id, port }) => about('known-sentinel', '127.0.0.1', port, id)),
    '',
  ].join('\n');
}

/**
 * Words for `SENTINEL DEBUG` (Redis 7): it looks and tells more often (and makes an old master a replica after two seconds,
 * not eight), and a pause of its own, as when it was frozen,
 * keeps it from acting for a second only, and not for thirty.
 */
export const QUICK = [
  ...['INFO-PERIOD', '200', 'PUBLISH-PERIOD', '500', 'ASK-PERIOD', '200', 'PING-PERIOD', '200'],
  ...['TILT-TRIGGER', '10000', 'TILT-PERIOD', '1000'],
];
