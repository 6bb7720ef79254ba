import type { RedisClient, RedisSubscription } from '@sluice/data-access-redis';
import { z } from 'zod';

const CHANNEL = 'comfyui-progress';
/** Nobody sees more, and each step of each node would be a command. */
const REPORT_EVERY_MS = 250;

const message = z.object({ promptId: z.uuid(), progress: z.number().min(0).max(1) });

interface Report {
  progress: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * How far prompts are, told by the process that has sent them, to which alone a server tells it: another one may have
 * the job by now. Through Redis where there is one. Nothing waits for it, and nothing depends on it: without Redis
 * progress stays in its process.
 */
export class SharedProgress {
  private readonly reports = new Map<string, Report>();
  private subscription: Promise<RedisSubscription> | undefined;

  constructor(private readonly redis: RedisClient | undefined) {}

  /** Hears of progress in other processes, and of one's own again. */
  listen(heard: (promptId: string, progress: number) => void): void {
    this.subscription ??= this.redis?.subscribe(CHANNEL, (text) => {
      const told = readMessage(text);
      if (told) heard(told.promptId, told.progress);
    });
    this.subscription?.catch(() => undefined);
  }

  /** Tells the others, every quarter of a second at most; the last word is always told. */
  report(promptId: string, progress: number): void {
    if (!this.redis) return;
    const pending = this.reports.get(promptId);
    if (pending) {
      pending.progress = progress;
      pending.timer ??= setTimeout(() => this.tell(promptId, pending), REPORT_EVERY_MS).unref();
      return;
    }
    const report: Report = { progress, timer: undefined };
    this.reports.set(promptId, report);
    this.tell(promptId, report);
  }

  ended(promptId: string): void {
    const report = this.reports.get(promptId);
    this.reports.delete(promptId);
    if (!report?.timer) return;
    clearTimeout(report.timer);
    this.tell(promptId, report);
  }

  close(): void {
    for (const { timer } of this.reports.values()) clearTimeout(timer);
    this.reports.clear();
    this.subscription?.then((subscription) => subscription.close()).catch(() => undefined);
  }

  private tell(promptId: string, report: Report): void {
    // What comes meanwhile is told when the time is over.
    report.timer = undefined;
    const { progress } = report;
    this.redis?.publish(CHANNEL, JSON.stringify({ promptId, progress })).catch(() => undefined);
  }
}

function readMessage(text: string): z.infer<typeof message> | undefined {
  try {
    return message.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
