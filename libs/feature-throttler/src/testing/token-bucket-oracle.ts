/**
 * What an even flow must do, told in other words than the code's: a bucket of `burst` tokens that fills at an even
 * rate. When a request is decided is only known to lie between two looks at the clock, so the bucket holds between
 * `least` and `most` tokens, and sometimes both answers are right.
 */
export class TokenBucketOracle {
  private least: number;
  private most: number;
  private last: readonly [number, number] | undefined;

  /**
   * @param perMs tokens that come in each ms
   * @param grainMs what the clock of the server cannot tell apart
   */
  constructor(
    private readonly burst: number,
    private readonly perMs: number,
    private readonly grainMs: number,
  ) {
    this.least = burst;
    this.most = burst;
  }

  /**
   * @param between times in ms before and after the decision
   * @returns what was wrong with the decision, if anything
   */
  judge(cost: number, allowed: boolean, between: readonly [number, number]): string | undefined {
    const [from, to] = between;
    if (this.last) {
      const [shortest, longest] = [from - this.last[1] - this.grainMs, to - this.last[0] + this.grainMs];
      this.least = Math.min(this.burst, this.least + Math.max(0, shortest) * this.perMs);
      this.most = Math.min(this.burst, this.most + longest * this.perMs);
    }
    this.last = between;
    const had = `${this.least.toFixed(3)} to ${this.most.toFixed(3)} tokens`;
    if (!allowed && this.least >= cost) return `denied ${cost}, though there were ${had}`;
    if (allowed && this.most < cost) return `allowed ${cost}, though there were only ${had}`;
    if (allowed) {
      this.least = Math.max(0, this.least - cost);
      this.most -= cost;
    } else {
      this.most = Math.min(this.most, cost);
    }
    return undefined;
  }
}
