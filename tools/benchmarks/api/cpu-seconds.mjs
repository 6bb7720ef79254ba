import { readFileSync } from 'node:fs';

/** Of Linux's clock, which counts in hundredths. */
const TICKS_A_SECOND = 100;

/** CPU time that a process has used so far; NaN where there is no /proc. */
export function cpuSecondsOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return NaN;
  }
}
