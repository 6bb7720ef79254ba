import { setTimeout as pause } from 'node:timers/promises';
import { pollUntil } from '@sluice/testing-servers';
import { judge } from './judge/judge';
import { recoveries } from './judge/recovery';
import { COLUMNS, now } from './matrix';
import type { Fault, Row, Sample, Span } from './matrix';
import type { ServedProcess } from './processes/served-process';
import type { TestBed } from './test-bed';

export interface Times {
  /** Before the fault, and for how long it lasts where the fault does not say itself, in ms. */
  readonly controlMs: number;
  readonly lastsMs: number;
}

const WARM_UP_MS = 1_000;
/** So long after Redis is back it is watched at least, and at most. */
const AFTER_LEAST_MS = 2_000;
const AFTER_MOST_MS = 60_000;
/** After that it is enough if each has been as usual for a moment. */
const FOR_GOOD_WITHIN_MS = 10_000;
/** So much longer than usual until every probe has had its turn. */
const SLOW_MACHINE_MS = 20_000;
/** All must have been as usual for so long. */
const CALM_MS = 1_000;

/**
 * Lets one fault happen while all probes run, and judges what they saw.
 * @throws Error when it could not be brought about or did not end; then nothing of the bed is to be used again
 */
export async function runRow(bed: TestBed, fault: Fault, times: Times): Promise<Row> {
  const { servers, apis, comfy, probes } = bed;
  const { library, clients } = probes;
  const all = [library, clients, ...apis];
  servers.users = all;
  for (const one of all) one.forget();
  const outputs = apis.map((api) => api.output.length);
  const paintedTwice = comfy.ledger.paintedTwice.length;
  const lastsMs = Math.max(fault.lastsMs ?? 0, times.lastsMs);

  await pause(WARM_UP_MS);
  const began = now();
  await pause(times.controlMs);
  await pollUntil(() => allAsUsual([library, clients], began), SLOW_MACHINE_MS);
  const measuring: Span[] = [];
  const before = await memories(all, measuring);
  await pause(CALM_MS / 2);

  const struckAt = now();
  const evidence = [await fault.strike(servers, lastsMs)];
  await pause(lastsMs - (now() - struckAt));
  await pollUntil(() => allSeen([library, clients], struckAt), SLOW_MACHINE_MS);
  const after = await memories(all, measuring);
  evidence.push((await fault.end(servers)) ?? '');
  const endedAt = now();
  await calm([library, clients], endedAt);
  const stoppedAt = now();
  const gone = all.filter(({ running }) => !running);
  const grown = all.map((_, i) => growth(before[i], after[i]));
  return {
    fault: fault.name,
    summary: fault.summary,
    evidence: evidence.filter(Boolean).join('; '),
    lastedMs: endedAt - struckAt,
    cells: judge(fault, {
      samples: [...library.samples, ...clients.samples],
      spans: { began, struckAt, endedAt, stoppedAt },
      measuring,
      stalls: all.flatMap(({ stalls }) => stalls),
      unhandled: {
        library: library.unhandled,
        api: [
          ...gone.map(({ name }) => `${name} has ended`),
          ...apis.flatMap(
            ({ output }, i) => /(Unhandled|Uncaught).*/.exec(output.slice(outputs[i]))?.[0] ?? [],
          ),
        ],
      },
      grown: { library: grown[0], api: Math.max(...grown.slice(2).map((bytes) => bytes ?? NaN)) },
      paintedTwice: comfy.ledger.paintedTwice.length - paintedTwice,
    }),
  };
}

/** Resolves when all columns have been as usual for a while. */
async function calm(probes: readonly ServedProcess[], endedAt: number): Promise<void> {
  await pause(AFTER_LEAST_MS);
  const isCalm = () => {
    const recovered = recoveries(
      probes.flatMap(({ samples }) => samples),
      endedAt,
    );
    const all = COLUMNS.map((column) => recovered.get(column));
    if (now() - endedAt > FOR_GOOD_WITHIN_MS) return all.every(Boolean);
    const last = Math.max(...all.map((one) => one?.forGood ?? Infinity));
    return now() - endedAt - last > CALM_MS;
  };
  while (now() - endedAt < AFTER_MOST_MS && !isCalm()) await pause(100);
}

function allAsUsual(probes: readonly ServedProcess[], since: number): boolean {
  return allSeen(probes, since, ({ usual }) => usual);
}

function allSeen(
  probes: readonly ServedProcess[],
  since: number,
  matching: (sample: Sample) => boolean = () => true,
): boolean {
  const seen = new Set(
    probes.flatMap(({ samples }) =>
      samples.filter((one) => one.at > since && matching(one)).map((one) => one.column),
    ),
  );
  return seen.size === COLUMNS.length;
}

async function memories(all: readonly ServedProcess[], measuring: Span[]): Promise<(number | undefined)[]> {
  const from = now();
  const bytes = await Promise.all(all.map((one) => one.memory()));
  measuring.push([from, now()]);
  return bytes;
}

function growth(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}
