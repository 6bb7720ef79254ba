import { FAULTS } from './faults';
import { type Percentiles, percentilesOf } from './percentiles';
import type { Sample, Soaked } from './run-soak';
import { grows, type Slope, slopeOf } from './slope';
import { type Fault, SETTLE_MS } from './timeline';

/**
 * Bytes kept of each request that are nothing: tokens known to be genuine, and tags known to be alive, are remembered on
 * purpose, up to 10,000 of each, which is 25 bytes of each request here.
 */
const REMEMBERED = 64;
/** Bytes that are nothing however few requests there were: what is made when it is first needed, pools of buffers. */
const MADE_LATE = 512 * 1024;

interface KindOfGrowth {
  of(sample: Sample): number;
  /** How much is nothing after so many requests; undefined where it is not judged. */
  nothing(requests: number): number | undefined;
}

/** What must not grow. */
const KINDS = {
  objects: {
    // Near caches have a bound of their own, and fill up to it.
    of: ({ objectBytes, nearBytes }) => objectBytes - nearBytes,
    nothing: (requests) => Math.max(MADE_LATE, requests * REMEMBERED),
  },
  handles: { of: ({ handles }) => handles, nothing: () => 4 },
  timers: { of: ({ timers }) => timers, nothing: () => 20 },
  // It grows as long as V8 compiles what has got hot, and says nothing about the program.
  code: { of: ({ codeBytes }) => codeBytes, nothing: () => undefined },
} as const satisfies Record<string, KindOfGrowth>;
type Kind = keyof typeof KINDS;

export interface Growth extends Slope {
  readonly instance: number;
  readonly kind: Kind;
  readonly first: number;
  readonly last: number;
  /** Undefined when that is not judged. */
  readonly grows: boolean | undefined;
}

export interface SoakReport {
  readonly minutes: number;
  readonly seed: number;
  readonly wrong: readonly string[];
  readonly done: Record<string, number>;
  /** For how many ms in all each has stood still at work, an instance or a server: not 0 on a busy machine. */
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
  const { plan, journal, paintedTwice, exitCodes, unhandled, listeners } = soaked;
  const growth = growthOf(soaked);
  const verdict: string[] = [];
  if (journal.wrong.length > 0) verdict.push(`${journal.wrong.length} wrong answers`);
  if (paintedTwice.length > 0) verdict.push(`${paintedTwice.length} images were painted twice`);
  if (unhandled > 0) verdict.push(`${unhandled} unhandled rejections or exceptions`);
  if (listeners.length > 0) verdict.push(`listeners add up: ${listeners.join('; ')}`);
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
    parties.map((party) => {
      const stoodStill = (from: number, to: number) => timeline.stoodStill(from, to, [party]);
      const onPurpose = timeline.rests.reduce((sum, [from, to]) => sum + stoodStill(from, to), 0);
      return [party, Math.round(stoodStill(0, Infinity) - onPurpose)];
    }),
  );
}

function growthOf({ samples, journal }: Soaked): Growth[] {
  const instances = [...new Set(samples.map(({ instance }) => instance))];
  return instances.flatMap((instance) => {
    const own = samples.filter((sample) => sample.instance === instance);
    if (own.length < 3) return [];
    const [from, to] = [own[0]?.at ?? 0, own.at(-1)?.at ?? 0];
    // Everybody asks whichever instance.
    const requests = journal.requests.filter(({ at }) => at >= from && at < to).length / instances.length;
    return (Object.keys(KINDS) as Kind[]).map((kind) => {
      const { of, nothing } = KINDS[kind];
      const values = own.map((sample) => ({ at: sample.at, value: of(sample) }));
      const slope = slopeOf(values);
      const [first, last] = [values[0]?.value ?? 0, values.at(-1)?.value ?? 0];
      const least = nothing(requests);
      const judged = least === undefined ? undefined : grows(slope, least);
      return { instance, kind, ...slope, first, last, grows: judged };
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
