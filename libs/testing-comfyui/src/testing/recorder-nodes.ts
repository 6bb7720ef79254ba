import { outOfMemory } from '../lib/nodes/memory';
import type { InputSpecs, NodeClass } from '../lib/nodes/node-class';
import { preview } from '../lib/painting/preview';
import { PythonError } from '../lib/python/python-error';

const seed = ['INT', { default: 0, min: 0, max: 9_007_199_254_740_992n }] as const;

const slowInputs: InputSpecs = {
  image: ['IMAGE'],
  steps: ['INT', { default: 5, min: 1, max: 10_000 }],
  step_ms: ['INT', { default: 200, min: 1, max: 60_000 }],
  seed,
};

/** The nodes with which the traffic was recorded: they take time, tell their progress or not, and raise. */
export const recorderNodes: readonly NodeClass[] = [
  slowNode('RecSlow'),
  slowNode('RecSlowPreview', preview),
  node('RecSleepNoCheck', slowInputs, async ({ image, steps, step_ms }, { pause }) => {
    await pause((steps as number) * (step_ms as number));
    return { values: [image] };
  }),
  node('RecRaise', { image: ['IMAGE'], kind: ['STRING'], seed }, ({ kind }) => {
    if (kind === 'oom') throw outOfMemory('Tried to allocate 20.00 GiB (made up by the test node)');
    throw new PythonError('ValueError', "made to fail: ä漢 'quoted'");
  }),
];

function slowNode(name: string, image?: Buffer): NodeClass {
  return node(name, slowInputs, async (inputs, { pause, progress }) => {
    const steps = inputs['steps'] as number;
    for (let step = 1; step <= steps; step++) {
      await pause(inputs['step_ms'] as number);
      progress(step, steps, image);
    }
    return { values: [inputs['image']] };
  });
}

function node(name: string, inputs: InputSpecs, run: NodeClass['run']): NodeClass {
  return {
    name,
    displayName: name,
    category: 'rectest',
    pythonModule: 'custom_nodes.rec_test_nodes',
    required: () => inputs,
    outputs: () => ['IMAGE'],
    run,
  };
}
