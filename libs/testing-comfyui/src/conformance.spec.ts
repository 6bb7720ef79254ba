import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ComfyUiVersion } from './lib/dialect/version';
import { type ComfyUi, startComfyUi } from './lib/start-comfyui';
import { leftOut } from './testing/left-out';
import { recorderNodes } from './testing/recorder-nodes';
import { Replay, type Tamper } from './testing/replay';
import { outputOrders, readTranscript } from './testing/transcript';
import { VirtualClock } from './testing/virtual-clock';

interface Scenario {
  readonly name: string;
  /** The recorder had started the server anew. */
  readonly fresh?: boolean;
  readonly statusesApart?: boolean;
}

/** In the order of the recording: numbers and files count on. */
const scenarios: readonly Scenario[] = [
  { name: '01-success' },
  { name: '02-cached' },
  { name: '03-progress-and-queue', statusesApart: true },
  { name: '04-cancel', statusesApart: true },
  { name: '05-node-raises' },
  { name: '06-validation', statusesApart: true },
  { name: '08-clients', fresh: true },
  { name: '09-info' },
  { name: '10-sigkill', statusesApart: true },
  { name: '11-upload-and-load', fresh: true },
];

/** What a scenario that is not here had left in the output folder before `08-clients`. */
const leftBefore08: Record<ComfyUiVersion, string> = {
  '0.33.0': 'slow_00020_.png',
  '0.3.64': 'slow_00026_.png',
};

const versions: readonly ComfyUiVersion[] = ['0.33.0', '0.3.64'];

describe.each(versions)('recorded traffic of ComfyUI %s', (version) => {
  const clock = new VirtualClock();
  const orders = new Map<string, readonly string[]>();
  let comfy: ComfyUi;

  beforeAll(async () => {
    comfy = await startComfyUi(
      { version, checkpoints: [] },
      {
        pace: clock.pace,
        nodes: recorderNodes,
        orderOutputs: (promptId, outputs) => orders.get(promptId) ?? outputs,
      },
    );
  });
  afterAll(() => comfy.stop());

  it.each(scenarios)('$name', async ({ name, fresh, statusesApart = false }) => {
    if (fresh) await comfy.restart();
    if (name === '08-clients') writeFileSync(join(comfy.directory, 'output/rec', leftBefore08[version]), '');
    const entries = readTranscript(version, name);
    for (const [promptId, outputs] of outputOrders(entries)) orders.set(promptId, outputs);
    const replay = new Replay({ comfy, clock, statusesApart });
    await replay.play(entries);
    expect(replay.compared).toBeGreaterThan(0);
  });
});

it('whatever is left out was recorded', () => {
  const paths = versions.flatMap((version) =>
    scenarios.flatMap(({ name }) =>
      readTranscript(version, name).flatMap((entry) => (entry.kind === 'http-request' ? [entry.path] : [])),
    ),
  );
  expect(leftOut.filter(({ path }) => !paths.some((recorded) => path.test(recorded)))).toEqual([]);
});

/** Changes of an answer or a frame, the kind that a client would stumble over; the replay must see each. */
const changes: readonly (readonly [what: string, from: RegExp, to: string])[] = [
  ['a key is missing', /"completed": true, /, ''],
  ['a key has another name', /"queue_running"/, '"running"'],
  ['there is a key more', /"queue_pending"/, '"queue_size": 0, "queue_pending"'],
  ['a fixed word is another', /"status_str": "success"/, '"status_str": "completed"'],
  ['a number is a text', /"number": (\d+)/, '"number": "$1"'],
  ['a time is in seconds', /"create_time": (\d{10})\d{3}/, '"create_time": $1'],
  ['a list is an object', /"queue_pending": \[\]/, '"queue_pending": {}'],
  ['null is left out', /"parent_node": null, /, ''],
  ['an event has another name', /"type": "execution_success"/, '"type": "success"'],
  ['the last event is another', /"node": null, "prompt_id"/, '"node": "2", "prompt_id"'],
  [
    'progress is another',
    /"value": 0, "max": 1, "state": "running"/,
    '"value": 1, "max": 1, "state": "running"',
  ],
];

describe('the replay fails when', () => {
  it.each(changes)('%s', (_, from, to) => expectToFail((text) => text.replace(from, to)));

  it('two events change places', () => {
    let held: string | undefined;
    let isDone = false;
    return expectToFail((text) => {
      if (isDone) return text;
      const { type, data } = JSON.parse(text) as {
        type?: string;
        data?: { nodes?: object; prompt_id?: string };
      };
      isDone = type === 'executing';
      if (isDone) return held ?? text;
      const [node] = Object.keys(data?.nodes ?? {});
      if (held !== undefined || node === undefined) return text;
      held = text;
      return JSON.stringify({
        type: 'executing',
        data: { node, display_node: node, prompt_id: data?.prompt_id },
      });
    });
  });
});

async function expectToFail(tamper: Tamper): Promise<void> {
  const clock = new VirtualClock();
  const comfy = await startComfyUi({ checkpoints: [] }, { pace: clock.pace, nodes: recorderNodes });
  try {
    const replay = new Replay({ comfy, clock, tamper });
    await expect(replay.play(readTranscript('0.33.0', '01-success'))).rejects.toThrow('toEqual');
  } finally {
    await comfy.stop();
  }
}
