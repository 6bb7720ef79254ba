import type { Conditions } from './conditions';
import type { Loss } from './faults';

interface ArmedLoss {
  readonly matching: (chunk: Buffer) => boolean;
  loss?: Loss;
  failure?: unknown;
}

/** The chunks that are yet to be swallowed in one direction, each `dropNext` one. */
export class Losses {
  private readonly armed = new Set<ArmedLoss>();

  constructor(private readonly conditions: Conditions) {}

  async next(matching: (chunk: Buffer) => boolean, within: number): Promise<Loss> {
    const armed: ArmedLoss = { matching };
    this.armed.add(armed);
    const happened = () => {
      if (armed.failure) throw armed.failure as Error;
      return armed.loss;
    };
    try {
      return await this.conditions.until(happened, within, 'No chunk to be dropped came by');
    } finally {
      this.armed.delete(armed);
    }
  }

  /** Whether this chunk is to be swallowed. */
  take(loss: Loss): boolean {
    for (const armed of this.armed) {
      try {
        if (!armed.matching(loss.chunk)) continue;
        armed.loss = loss;
      } catch (error) {
        armed.failure = error;
      }
      this.armed.delete(armed);
      this.conditions.changed();
      if (armed.loss) return true;
    }
    return false;
  }

  dismiss(reason: string): void {
    for (const armed of this.armed) armed.failure = new Error(reason);
    this.armed.clear();
    this.conditions.changed();
  }
}
