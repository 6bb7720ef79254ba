import { CronTime } from 'cron';

/** @throws Error for a schedule that the application would refuse when it starts */
export function checkSchedule(cron: string, timeZone: string | undefined): void {
  try {
    new CronTime(cron, timeZone ?? 'UTC').sendAt();
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it is not understood';
    throw new Error(
      `--cron="${cron}"${timeZone === undefined ? '' : ` --timeZone=${timeZone}`} is no schedule (${reason}): ` +
        'use five fields of cron, e.g. "17 * * * *", and a time zone such as Europe/Berlin.',
    );
  }
}
