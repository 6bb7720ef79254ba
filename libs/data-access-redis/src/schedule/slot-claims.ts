import { readLua } from '../lib/client/read-lua';
import type { RedisClient } from '../lib/client/redis-client';
import type { RedisScript } from '../lib/client/redis-script';

/** See claim-slot.lua. */
export type ClaimAnswer = 'claimed' | 'deposed' | 'past' | 'ahead';

/** Longer than a month: a task is rarely due less often, and without its claim it is careful after each election. */
const TTL_MS = 32 * 24 * 3_600_000;

/** Which moments of which task have been run. */
export class SlotClaims {
  readonly #claim: RedisScript<ClaimAnswer>;

  constructor(client: RedisClient) {
    this.#claim = client.defineScript({
      name: 'claim-slot',
      lua: readLua(__dirname, 'claim-slot.lua'),
      parse: (reply) => reply as ClaimAnswer,
    });
  }

  /**
   * @param election of the task
   * @param moment in ms since 1970
   * @throws RedisError when Redis does not say
   */
  claim(election: string, moment: number, term: number): Promise<ClaimAnswer> {
    return this.#claim.run({
      keys: [`leader:{${election}}:slot`],
      args: [moment, term, TTL_MS],
    });
  }
}
