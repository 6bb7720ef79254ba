import type { Percentiles } from './percentiles';
import type { SoakReport } from './report';

/** The report as text. */
export function printed(report: SoakReport): string {
  const { minutes, seed, all, latencies, growth, done, wrong, verdict, stalls } = report;
  const figures = ({ requests, p50, p99, longest }: Percentiles) =>
    requests === 0 ? '–' : `${p50} / ${p99} / ${longest}`;
  const standstills =
    Object.entries(stalls)
      .map(([party, ms]) => `${party} for ${ms} ms`)
      .join(', ') || 'nobody';
  const lines = [
    `${minutes} minutes, seed ${seed}: ${all.requests} requests, ${wrong.length} wrong answers; ${standstills} stood still`,
    '',
    ...Object.entries(done).map(([what, count]) => `  ${count} ${what}`),
    '',
    'Latency of all requests in ms, p50 / p99 / longest: 5 s before, during, and 5 s after each kind of fault',
    ...table([
      ['', 'times', 'before', 'during', 'after'],
      ...latencies.map(({ fault, times, before, during, after }) => [
        fault,
        String(times),
        ...[before, during, after].map(figures),
      ]),
    ]),
    '',
    'What lives in the processes after a collection of garbage, from the end of the warm-up: growth in a minute ± its standard error;',
    'objects: bytes of the program’s own, without near caches; code: bytes of what V8 makes of it, the more the more often it runs',
    ...table(
      growth.map(({ instance, kind, first, last, perMinute, error, samples, grows }) => [
        `instance ${instance}`,
        kind,
        `${amount(kind, first)} to ${amount(kind, last)}`,
        `${amount(kind, perMinute)} ± ${amount(kind, error)}`,
        `${samples} samples`,
        grows === undefined ? 'not judged' : grows ? 'GROWS' : 'flat',
      ]),
    ),
    '',
    ...wrong.slice(0, 50).map((one) => `WRONG ${one}`),
    verdict.length === 0 ? 'All is as it must be.' : `NOT as it must be: ${verdict.join('; ')}.`,
  ];
  return lines.join('\n');
}

function amount(kind: string, value: number): string {
  return kind === 'objects' || kind === 'code' ? `${(value / 1024 / 1024).toFixed(2)} MiB` : value.toFixed(1);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}
