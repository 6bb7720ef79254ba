import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { guard } from '@sluice/testing-servers';
import type { RatePolicyOptions } from '../index';

export interface HammerOrders {
  url: string;
  keyPrefix: string;
  policy: RatePolicyOptions;
  forMs: number;
  inFlight: number;
}

export interface Hammered {
  asked: number;
  allowed: number;
  /** When each was let through, in µs by the server's clock; 0 for even flows. */
  stamps: number[];
  /** `Date.now()` */
  from: number;
  to: number;
}

/**
 * A Node of its own with modules of its own. The sources run as they are, so nothing has to be built before.
 * @returns when it is ready, what makes it begin
 */
export async function hammerProcess(orders: HammerOrders): Promise<() => Promise<Hammered>> {
  const child = fork(join(__dirname, 'hammer-main.ts'), {
    execArgv: ['--conditions=@sluice/source', '--require=@sluice/testing-servers/register'],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const watch = guard(child.pid as number, 'SIGKILL');
  const exited = once(child, 'exit').then(() => watch.dismiss());
  await answerTo(child, orders);
  return async () => {
    const hammered = await answerTo(child, 'go');
    child.kill('SIGKILL');
    await exited;
    return hammered as Hammered;
  };
}

/** @throws Error when it fails, or ends */
async function answerTo(child: ChildProcess, message: object | string): Promise<unknown> {
  const answered = once(child, 'message');
  const ended = once(child, 'exit').then(() => [{ error: 'the process ended' }]);
  child.send(message);
  const [answer] = (await Promise.race([answered, ended])) as [Hammered | 'ready' | { error: string }];
  if (typeof answer !== 'object' || !('error' in answer)) return answer;
  child.kill('SIGKILL');
  throw new Error(answer.error);
}
