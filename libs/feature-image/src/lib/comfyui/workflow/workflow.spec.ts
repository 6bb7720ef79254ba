import { startComfyUi, type ComfyUi } from '@sluice/testing-comfyui';
import { unhurried } from '../../../testing/comfyui-app';
import { http as answer, startStrangeServer } from '../../../testing/strange-server';
import { workflowWith } from '../../../testing/workflows';
import { ComfyUIHttp } from '../http/comfyui-http';
import { checkWorkflow } from './check-workflow';
import { fillWorkflow } from './fill-workflow';
import { loadWorkflow } from './load-workflow';
import { makeWorkflow, type Workflow } from './workflow';

const workflow = loadWorkflow('text-to-image');

describe('a workflow', () => {
  it('is filled without being changed', () => {
    const before = structuredClone(workflow);
    const filled = fillWorkflow(workflow, {
      prompt: 'a "quoted" %width% 6',
      seed: 2n ** 64n - 1n,
      width: 64,
    });
    expect(workflow).toEqual(before);
    expect(filled).toMatchObject({
      '3': { class_type: 'KSampler', inputs: { seed: 2n ** 64n - 1n, steps: 20, model: ['4', 0] } },
      '5': { inputs: { width: 64, height: 1024 } },
      '6': { inputs: { text: 'a "quoted" %width% 6' } },
      '7': { inputs: { text: '' } },
    });
  });

  it.each<[string, unknown, object, RegExp]>([
    [
      'a place that is not there',
      workflow.graph,
      { inputs: { ...workflow.inputs, seed: { node: '3', input: 'sed' } } },
      /no input "sed"/,
    ],
    ['an output that is not there', workflow.graph, { output: '99' }, /no node 99/],
    ['the format of the user interface', { nodes: [], links: [] }, {}, /expected/],
    ['no description of the seed', workflow.graph, { inputs: {} }, /expected/],
  ])('is refused with %s', (_, graph, change, message) => {
    const { graph: __, ...description } = workflow;
    expect(() => makeWorkflow(graph, { ...description, ...change })).toThrow(message);
  });
});

describe.each(['0.33.0', '0.3.64'] as const)('held against ComfyUI %s, a workflow', (version) => {
  const checkpoint = 'sluice-simulator.safetensors';
  let comfy: ComfyUi;
  let client: ComfyUIHttp;

  beforeAll(async () => {
    comfy = await startComfyUi({ version });
    client = new ComfyUIHttp(comfy.url, {}, { connectTimeoutMs: 5_000 });
  });
  afterAll(async () => {
    client.close();
    await comfy.stop();
  });

  const problemsOf = (of: Workflow, model: string | undefined = checkpoint) =>
    checkWorkflow(client, of, model, unhurried);

  it('that comes with the library has all it needs', async () => {
    expect(await problemsOf(workflow)).toEqual([]);
  });

  it('whose model is not there says so, and what there is', async () => {
    expect(await problemsOf(workflow, 'nosuch.safetensors')).toEqual([
      `the checkpoint nosuch.safetensors is not there; it has ${checkpoint}`,
    ]);
    expect(await checkWorkflow(client, workflow, undefined, unhurried)).toEqual([
      expect.stringContaining('sd_xl_base_1.0.safetensors is not there'),
    ]);
  });

  it('that wants more than there is says all of it', async () => {
    const wanting = workflowWith({
      '3': {
        class_type: 'KSampler',
        inputs: { ...workflow.graph['3']?.inputs, sampler_name: 'nosuch' },
      },
      '10': { class_type: 'NoSuchNode', inputs: {} },
      '11': { class_type: 'VAEDecode', inputs: { samples: ['3', 0] } },
    });
    expect(await problemsOf(wanting)).toEqual([
      'node NoSuchNode is not installed',
      'node 3 (KSampler) has no sampler_name nosuch',
      'node 11 (VAEDecode) wants the input vae',
    ]);
  });

  it('whose output saves nothing says so', async () => {
    expect(await problemsOf(workflowWith({}, { output: '8' }))).toEqual(['node 8 (VAEDecode) saves nothing']);
  });
});

it('knows the newer form of a choice, too', async () => {
  const choice = (options: string[]) => ({
    CheckpointLoaderSimple: { input: { required: { ckpt_name: ['COMBO', { options }] } } },
  });
  const server = await startStrangeServer(({ line }) =>
    answer(
      200,
      JSON.stringify(
        line.endsWith('CheckpointLoaderSimple')
          ? choice(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
          : { [line.slice(line.lastIndexOf('/') + 1)]: { input: {} } },
      ),
    ),
  );
  const client = new ComfyUIHttp(server.url, {}, { connectTimeoutMs: 5_000 });
  expect(await checkWorkflow(client, workflow, 'g', unhurried)).toEqual([]);
  expect(await checkWorkflow(client, workflow, 'h', unhurried)).toEqual([
    'the checkpoint h is not there; it has a, b, c, d, e and 2 more',
  ]);
  client.close();
  await server.close();
});
