import { quoted } from '../../library/write-text';
import type { LeaderTask } from '../options';

/** The source of a task. */
export function taskText({ name, className, cron, timeZone }: LeaderTask): string {
  const options = timeZone === undefined ? '' : `, { timeZone: ${quoted(timeZone)} }`;
  return `import { Injectable, Logger } from '@nestjs/common';
import { LeaderCron } from '@sluice/data-access-redis/schedule';

/** Runs once in the whole fleet, on its leader. The application imports \`LeaderScheduleModule.forRoot()\`. */
@Injectable()
export class ${className} {
  private readonly logger = new Logger(${className}.name);

  /** A moment that is left out must make no difference: do all that has become due since the last time. */
  @LeaderCron('${name}', ${quoted(cron)}${options})
  async run(signal: AbortSignal): Promise<void> {
    const done = await this.work(signal);
    if (done > 0) this.logger.log(\`\${done} done\`);
  }

  /** Hand \`signal\` on to what takes one, and look at it between parts: it aborts when another process may lead. */
  private async work(signal: AbortSignal): Promise<number> {
    return signal.aborted ? 0 : 1;
  }
}
`;
}
