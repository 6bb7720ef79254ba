import { readLua } from '../lib/client/read-lua';
import type { RedisClient } from '../lib/client/redis-client';
import type { RedisScript } from '../lib/client/redis-script';
import { RedisError } from '../lib/connection/redis.errors';

/** See claim-slot.lua. */
const ANSWERS = ['claimed', 'deposed', 'past', 'ahead'] as const;
export type ClaimAnswer = (typeof ANSWERS)[number];

/** Longer than a month: a task is rarely due less often, and without its claim it is careful after each election. */
const TTL_MS = 32 * 24 * 3_600_000;

/** Which moments of which task have been run. */
export class SlotClaims {
  readonly #claim: RedisScript<ClaimAnswer>;

  constructor(client: RedisClient) {
    this.#claim = client.defineScript({
      name: 'claim-slot',
      lua: readLua(__dirname, 'claim-slot.lua'),
      parse: answerOf,
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

/** Whatever else is answered is no permission. */
function answerOf(reply: unknown): ClaimAnswer {
  const answer = ANSWERS.find((one) => one === reply);
  if (answer) return answer;
  throw new RedisError('REDIS_PROTOCOL', 'Redis answered something else than it was asked.', {
    command: 'script-claim-slot',
    outcome: 'unknown',
  });
}
