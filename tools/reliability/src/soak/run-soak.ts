import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '@sluice/testing-servers';
import type { SoakPlan } from './arguments';
import { Client } from './clients/client';
import { type FaultKind, faultsInTurn } from './faults';
import { Gate } from './gate';
import type { Measured } from './instance';
import { Journal } from './journal';
import { live } from './load';
import { type Fault, SETTLE_MS, Timeline } from './timeline';
import { startWorld, type World } from './world';

/** Of the whole time: caches fill, pools grow. */
const WARM_UP_SHARE = 0.3;
/** How often it is looked what lives in the processes, from the end of the warm-up to the very end. */
const SAMPLES = 6;

/** What lived in one instance, when. */
export interface Sample extends Measured {
  readonly instance: number;
  readonly at: number;
}

export interface Soaked {
  readonly plan: SoakPlan;
  readonly journal: Journal;
  readonly samples: readonly Sample[];
  readonly paintedTwice: readonly string[];
  readonly exitCodes: readonly (number | null)[];
  readonly unhandled: number;
  /** What Node has said when it warned that something is listened to ever more often. */
  readonly listeners: readonly string[];
}

/**
 * Lets everybody live for the time, breaks one thing after the other, and looks at what lives in the processes in
 * between. Nobody asks for anything then: they stand still while they are looked at, and nothing is under way in them.
 */
export async function runSoak(plan: SoakPlan, say: (line: string) => void): Promise<Soaked> {
  const timeline = new Timeline();
  const world = await startWorld(timeline);
  try {
    const startedAt = performance.now();
    const endsAt = startedAt + plan.minutes * 60_000;
    const journal = new Journal(timeline, startedAt);
    const samples: Sample[] = [];
    const end = new AbortController();
    const newClient = (n: number) => new Client(world, journal, seededRandom(plan.seed + 1 + n), n);
    const gate = new Gate();
    const everybody = live(newClient, gate, end.signal).finally(() => end.abort());
    const disturbing = disturb(world, plan, timeline, {
      say,
      end: end.signal,
      startedAt,
      endsAt,
      samples,
      gate,
    }).finally(() => end.abort());
    for (const part of await Promise.allSettled([everybody, disturbing])) {
      if (part.status === 'rejected') throw part.reason;
    }
    const exitCodes = await Promise.all(world.instances.map((instance) => instance.stop()));
    const unhandled = world.instances.reduce((sum, instance) => sum + instance.unhandled, 0);
    const listeners = world.instances.flatMap((one) => one.listeners);
    const { paintedTwice } = world.comfy.ledger;
    return { plan, journal, samples, paintedTwice, exitCodes, unhandled, listeners };
  } finally {
    await world.close();
  }
}

interface Course {
  say: (line: string) => void;
  end: AbortSignal;
  startedAt: number;
  endsAt: number;
  samples: Sample[];
  gate: Gate;
}

async function disturb(world: World, plan: SoakPlan, timeline: Timeline, course: Course): Promise<void> {
  const { say, end, startedAt, endsAt, samples, gate } = course;
  const [least, most] = plan.calmMs;
  const random = seededRandom(plan.seed);
  const faults = faultsInTurn(random);
  const measureAt = plan.measuresGrowth ? measuringTimes(startedAt, endsAt) : [];
  const clock = () => `${Math.round((performance.now() - startedAt) / 1_000)} s`.padStart(6);
  const calm = async (ms: number) => {
    await pause(SETTLE_MS + ms, undefined, { signal: end }).catch(() => undefined);
  };
  let failures = await failuresOf(world);
  while (!end.aborted) {
    await calm(least + random() * (most - least));
    const died = world.instances.find(({ running }) => !running);
    if (died) throw new Error(`an instance has ended:\n${died.output.slice(-4_000)}`);
    const before = failures;
    failures = await failuresOf(world);
    const struck = timeline.faults.at(-1);
    if (struck) struck.hit ??= failures > before;
    if (passed(measureAt)) {
      await gate.whileClosed(async () => {
        const from = performance.now();
        samples.push(...(await measure(world)));
        timeline.rests.push([from, performance.now()]);
      });
      // Standing still may have cost connections, and the next fault is to find everybody at work.
      failures = await failuresOf(world);
      // Not by chance: how often this happens depends on time, and the seed is to give the same faults again.
      await calm(least);
    }
    if (end.aborted || (performance.now() > endsAt && timeline.faults.length >= plan.leastFaults)) return;
    const kind = faults.next().value;
    const fault = await strike(kind, world, random, timeline);
    say(`${clock()}  ${kind.name}, ${((fault.endedAt - fault.startedAt) / 1_000).toFixed(1)} s`);
  }
}

function measuringTimes(startedAt: number, endsAt: number): number[] {
  const from = startedAt + WARM_UP_SHARE * (endsAt - startedAt);
  return Array.from({ length: SAMPLES }, (_, n) => from + (n * (endsAt - from)) / (SAMPLES - 1));
}

/** Whether one of the times has passed since it was asked last. */
function passed(times: number[]): boolean {
  const now = performance.now();
  const count = times.filter((time) => time <= now).length;
  return times.splice(0, count).length > 0;
}

async function strike(
  kind: FaultKind,
  world: World,
  random: () => number,
  timeline: Timeline,
): Promise<Fault> {
  const [least, most] = kind.lasts;
  const lastsMs = (least + random() * (most - least)) * 1_000;
  const fault = timeline.begin(kind.name);
  const { cutOff, hit, end } = await kind.strike(world, random, lastsMs);
  const to = fault.startedAt + lastsMs;
  if (hit !== undefined) fault.hit = hit;
  if (cutOff) fault.cutOff = { instances: cutOff, from: performance.now(), to };
  await pause(Math.max(0, to - performance.now()));
  await end?.();
  fault.endedAt = performance.now();
  return fault;
}

/** How often Redis has failed an instance, all of them together. */
async function failuresOf({ instances }: World): Promise<number> {
  const each = await Promise.all(instances.map((one) => one.redisFailures()));
  return each.reduce((sum, failures) => sum + failures, 0);
}

async function measure({ instances }: World): Promise<Sample[]> {
  return Promise.all(
    instances.map(async (one, instance) => ({ ...(await one.measure()), instance, at: performance.now() })),
  );
}
