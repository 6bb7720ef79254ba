/** All times in ms. */
export interface ImageWorkerOptions {
  /** Jobs in flight on one ComfyUI server, over all processes, 1 to 64. Default 2. */
  slotsPerServer?: number;
  /** How often a job is tried that fails for a reason that may pass, 1 to 10. Default 3. */
  attempts?: number;
  /**
   * How often a job may lose the process that has it, or be forgotten by the server that does, 1 to 100. Default 8; then
   * it fails with `PROCESS_LOST`, for it may be the job that kills them. One that is handed over by a process that ends
   * is not lost.
   */
  losses?: number;
  /** How long a job stays a process's own that says nothing any more. Default 15,000. */
  lease?: number;
  /** How often a server is asked about a job. Default 500. */
  poll?: number;
  /** How often the database is asked for work when nobody calls. Default 1,500. */
  idlePoll?: number;
  /** How long a server may stay away with a job of ours before it is given to another. Default 120,000. */
  serverPatience?: number;
  /**
   * How long it is tried again to store a painted picture, while the disk is full or gone. Default 3,600,000; then the
   * job fails with `NOT_STORED`. It keeps its slot meanwhile, so that no more is painted than can be stored.
   */
  storePatience?: number;
}

export const IMAGE_WORKER_OPTIONS = Symbol('IMAGE_WORKER_OPTIONS');

export type ImageWorkerConfig = Readonly<Required<ImageWorkerOptions>>;

/** A lease is renewed so often that one answer may be lost. */
export const RENEWALS_A_LEASE = 3;

/** @throws RangeError that names the option */
export function resolveImageWorkerOptions(options: ImageWorkerOptions = {}): ImageWorkerConfig {
  const whole = (name: keyof ImageWorkerOptions, fallback: number, least: number, most: number): number => {
    const value = options[name] ?? fallback;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new RangeError(`\`${name}\` of the image worker is ${least} to ${most}.`);
  };
  return {
    slotsPerServer: whole('slotsPerServer', 2, 1, 64),
    attempts: whole('attempts', 3, 1, 10),
    losses: whole('losses', 8, 1, 100),
    lease: whole('lease', 15_000, 300, 600_000),
    poll: whole('poll', 500, 10, 60_000),
    idlePoll: whole('idlePoll', 1_500, 10, 60_000),
    serverPatience: whole('serverPatience', 120_000, 100, 86_400_000),
    storePatience: whole('storePatience', 3_600_000, 0, 86_400_000),
  };
}
