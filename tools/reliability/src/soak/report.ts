import { FAULTS } from './faults';
import { type Percentiles, percentilesOf } from './percentiles';
import type { Sample, Soaked } from './run-soak';
import { grows, type Slope, slopeOf } from './slope';
import { type Fault, SETTLE_MS } from './timeline';

/** What must not grow, and how much over the whole time is nothing. */
const KINDS = {
  // Near caches have a bound of their own, and fill up to it.
  heap: { of: ({ heapBytes, nearBytes }: Sample) => heapBytes - nearBytes, nothing: 1024 * 1024 },
  handles: { of: ({ handles }: Sample) => handles, nothing: 4 },
  timers: { of: ({ timers }: Sample) => timers, nothing: 20 },
} as const;
type Kind = keyof typeof KINDS;

export interface Growth extends Slope {
  readonly instance: number;
  readonly kind: Kind;
  readonly first: number;
  readonly last: number;
  readonly grows: boolean;
}

export interface SoakReport {
  readonly minutes: number;
  readonly seed: number;
  readonly wrong: readonly string[];
  readonly done: Record<string, number>;
  /** For how many ms in all each has stood still, an instance or a server: not 0 on a busy machine. */
  readonly stalls: Record<string, number>;
  readonly growth: readonly Growth[];
  readonly samples: Soaked['samples'];
  readonly latencies: readonly {
    fault: string;
    times: number;
    before: Percentiles;
    during: Percentiles;
    after: Percentiles;
  }[];
  readonly all: Percentiles;
  readonly verdict: readonly string[];
}

/** What came of it; `verdict` names what is not as it must be, and is empty when all is well. */
export function reportOn(soaked: Soaked): SoakReport {
  const { plan, journal, paintedTwice, exitCodes, unhandled } = soaked;
  const growth = growthOf(soaked);
  const verdict: string[] = [];
  if (journal.wrong.length > 0) verdict.push(`${journal.wrong.length} wrong answers`);
  if (paintedTwice.length > 0) verdict.push(`${paintedTwice.length} images were painted twice`);
  if (unhandled > 0) verdict.push(`${unhandled} unhandled rejections or exceptions`);
  if (exitCodes.some((code) => code !== 0)) verdict.push(`exit codes ${exitCodes.join()}`);
  for (const { name } of journal.timeline.faults.filter(({ hit }) => hit === false))
    verdict.push(`nobody noticed: ${name}`);
  for (const { instance, kind } of growth.filter((one) => one.grows))
    verdict.push(`${kind} of ${instance} grow`);
  return {
    minutes: plan.minutes,
    seed: plan.seed,
    wrong: journal.wrong,
    done: Object.fromEntries([...journal.done].sort()),
    stalls: stallsOf(soaked),
    growth,
    samples: soaked.samples,
    latencies: latenciesOf(soaked),
    all: percentilesOf(journal.requests.map(({ ms }) => ms)),
    verdict,
  };
}

function stallsOf({ journal: { timeline } }: Soaked): SoakReport['stalls'] {
  const parties = [...new Set(timeline.stalls.map(({ party }) => party))];
  return Object.fromEntries(
    parties.map((party) => [party, Math.round(timeline.stoodStill(0, Infinity, [party]))]),
  );
}

function growthOf({ samples }: Soaked): Growth[] {
  const instances = [...new Set(samples.map(({ instance }) => instance))];
  return instances.flatMap((instance) => {
    const own = samples.filter((sample) => sample.instance === instance);
    if (own.length < 3) return [];
    return (Object.keys(KINDS) as Kind[]).map((kind) => {
      const { of, nothing } = KINDS[kind];
      const values = own.map((sample) => ({ at: sample.at, value: of(sample) }));
      const slope = slopeOf(values);
      const [first, last] = [values[0]?.value ?? 0, values.at(-1)?.value ?? 0];
      return { instance, kind, ...slope, first, last, grows: grows(slope, nothing) };
    });
  });
}

/** Before and after: as long as it takes to settle. */
function latenciesOf({ journal: { requests, timeline } }: Soaked): SoakReport['latencies'] {
  return FAULTS.flatMap(({ name }) => {
    const faults = timeline.faults.filter((fault) => fault.name === name);
    /** Of the requests that were on their way at some moment between the two. */
    const between = (span: (fault: Fault) => readonly [number, number]) =>
      percentilesOf(
        faults.flatMap((fault) => {
          const [from, to] = span(fault);
          return requests.filter(({ at, ms }) => at + ms >= from && at < to).map(({ ms }) => ms);
        }),
      );
    if (faults.length === 0) return [];
    return {
      fault: name,
      times: faults.length,
      before: between(({ startedAt }) => [startedAt - SETTLE_MS, startedAt - 1]),
      during: between(({ startedAt, endedAt }) => [startedAt, endedAt]),
      after: between(({ endedAt }) => [endedAt + 1, endedAt + SETTLE_MS]),
    };
  });
}
