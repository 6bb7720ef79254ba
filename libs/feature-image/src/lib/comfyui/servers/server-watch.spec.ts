import { Logger } from '@nestjs/common';
import { type ComfyUi, type ComfyUiOptions, startComfyUi } from '@sluice/testing-comfyui';
import {
  closeComfyUIApps,
  comfyUIApp,
  type ComfyUIAppOptions,
  ended,
  running,
  someJob,
  unhurried,
} from '../../../testing/comfyui-app';
import { pollUntil } from '../../../testing/poll-until';
import { http, startStrangeServer, type StrangeServer } from '../../../testing/strange-server';
import type { RunnerServer } from '../../jobs/image-job-runner';
import type { ComfyUIJobRunnerAdapter } from '../comfyui-job-runner.adapter';

const open: { stop(): Promise<void> }[] = [];

async function comfyUi(options: ComfyUiOptions = {}): Promise<ComfyUi> {
  const comfy = await startComfyUi({ paintMs: 20, ...options });
  open.push(comfy);
  return comfy;
}

async function strangeServer(...[answer]: Parameters<typeof startStrangeServer>): Promise<StrangeServer> {
  const server = await startStrangeServer(answer);
  open.push({ stop: () => server.close() });
  return server;
}

async function runnerOf(
  servers: readonly { url: string }[],
  options: ComfyUIAppOptions = {},
): Promise<ComfyUIJobRunnerAdapter> {
  return (await comfyUIApp({ urls: servers.map(({ url }) => url), ...options })).runner;
}

const states = (runner: ComfyUIJobRunnerAdapter) => runner.servers().map(({ state }) => state);

const stateOf = (runner: ComfyUIJobRunnerAdapter, { url }: { url: string }): RunnerServer | undefined =>
  runner.servers().find((server) => server.url === url);

const becomes = (
  runner: ComfyUIJobRunnerAdapter,
  server: { url: string },
  state: RunnerServer['state'],
): Promise<void> => pollUntil(() => stateOf(runner, server)?.state === state);

afterEach(async () => {
  await closeComfyUIApps();
  await Promise.all(open.splice(0).map((server) => server.stop()));
  jest.restoreAllMocks();
});

describe('servers', () => {
  it('are named ready ones first, then those that lack something, then those that are away', async () => {
    const away = await comfyUi();
    await away.faults.on('refuse');
    const incapable = await comfyUi({ faults: { 'missing-model': {} } });
    const ready = await comfyUi();
    const runner = await runnerOf([away, incapable, ready]);
    await becomes(runner, ready, 'ready');
    await becomes(runner, incapable, 'incapable');
    expect(states(runner)).toEqual(['ready', 'incapable', 'away']);
    expect(stateOf(runner, incapable)?.problem).toBe(
      'the checkpoint sluice-simulator.safetensors is not there; it has none',
    );
  });

  it('are away until they were asked', async () => {
    const comfy = await comfyUi({ faults: { silent: {} } });
    const runner = await runnerOf([comfy]);
    expect(stateOf(runner, comfy)).toMatchObject({ state: 'away', problem: 'has not been asked yet' });
  });

  it('need not be there at the start, and come back by themselves', async () => {
    const comfy = await comfyUi();
    await comfy.faults.on('refuse');
    const runner = await runnerOf([comfy]);
    await pollUntil(() => stateOf(runner, comfy)?.problem?.includes('ECONNREFUSED') ?? false);
    await comfy.faults.clear();
    await becomes(runner, comfy, 'ready');
    await comfy.kill();
    await becomes(runner, comfy, 'away');
    await comfy.restart();
    await becomes(runner, comfy, 'ready');
  });

  it.each([
    ['fall silent', 'silent', {}],
    ['answer with a page', 'html', {}],
    ['want credentials', 'auth-required', { header: 'X-Token', value: 'x' }],
    ['answer with 500', 'error-500', {}],
  ] as const)('that %s are away', async (_, fault, settings) => {
    const comfy = await comfyUi();
    const runner = await runnerOf([comfy], { probeTimeoutMs: 200 });
    await becomes(runner, comfy, 'ready');
    await comfy.faults.on(fault, settings);
    await becomes(runner, comfy, 'away');
    await comfy.faults.clear();
    await becomes(runner, comfy, 'ready');
  });

  it('may be too busy to answer once: that is not to be away yet', async () => {
    let [busy, probes] = [false, 0];
    const server = await strangeServer(({ line }) => {
      if (line === 'GET /system_stats') {
        probes += 1;
        if (!busy) return http(200, '{"system":{}}');
        busy = false;
        return undefined;
      }
      if (line.startsWith('GET /api/jobs')) return http(404, '');
      return http(200, JSON.stringify({ [line.slice(line.lastIndexOf('/') + 1)]: { input: {} } }));
    });
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const runner = await runnerOf([server], { probeTimeoutMs: 200, socketSilenceMs: 600_000 });
    await becomes(runner, server, 'ready');
    [busy, probes] = [true, 0];
    await pollUntil(() => probes > 3);
    expect(warned.mock.calls.flat().filter((line) => String(line).includes('is away'))).toEqual([]);
    expect(stateOf(runner, server)?.state).toBe('ready');
  });

  it('of something else are away, however much else they answer: not everything is ComfyUI', async () => {
    const server = await strangeServer(({ line }) => {
      if (line === 'GET /system_stats') return http(200, '{"status":"ok"}');
      if (line.startsWith('GET /api/jobs')) return http(404, '');
      return http(200, JSON.stringify({ [line.slice(line.lastIndexOf('/') + 1)]: { input: {} } }));
    });
    const runner = await runnerOf([server]);
    await pollUntil(() => stateOf(runner, server)?.problem?.startsWith('SERVER_ODD') ?? false);
  });

  it('behind a proxy that wants a header get it, over the WebSocket too', async () => {
    const value = 'Bearer s3cret';
    const comfy = await comfyUi({ faults: { 'auth-required': { header: 'Authorization', value } } });
    const runner = await runnerOf([comfy], { authHeader: `Authorization: ${value}` });
    await becomes(runner, comfy, 'ready');
    await pollUntil(() => comfy.openSockets === 1);
    const stranger = await runnerOf([comfy], { authHeader: 'Authorization: Bearer wrong' });
    await pollUntil(() => stateOf(stranger, comfy)?.problem === 'SERVER_REFUSES, 401');
    const error: unknown = await stranger.submit(comfy.url, someJob(), unhurried).catch((e: unknown) => e);
    expect(JSON.stringify([error, (error as Error).message, stranger.servers()])).not.toContain('wrong');
  });

  it('that lack something are said loudly to be so, once, and once they are not any more', async () => {
    const [loud, quiet] = [jest.spyOn(Logger.prototype, 'error'), jest.spyOn(Logger.prototype, 'log')];
    const comfy = await comfyUi({ faults: { 'missing-model': {} } });
    const runner = await runnerOf([comfy]);
    await becomes(runner, comfy, 'incapable');
    await comfy.faults.clear();
    await becomes(runner, comfy, 'ready');
    expect(loud.mock.calls).toEqual([[expect.stringContaining('CANNOT PAINT: the checkpoint')]]);
    expect(quiet.mock.calls.flat().filter((line) => String(line).startsWith(comfy.url))).toEqual([
      `${comfy.url} is ready (ComfyUI 0.33.0)`,
    ]);
  });

  it('are not there at all: the feature is not configured', async () => {
    const runner = await runnerOf([]);
    expect([runner.configured, runner.servers()]).toEqual([false, []]);
  });
});

describe('the dialect', () => {
  /** Speaks like ComfyUI without jobs, and counts. */
  function withoutJobs(): Promise<StrangeServer> {
    return strangeServer(({ line }) => {
      if (line === 'GET /system_stats') return http(200, '{"system":{"comfyui_version":"0.1"}}');
      if (line === 'GET /queue') return http(200, '{"queue_running":[],"queue_pending":[]}');
      if (line.startsWith('GET /history/')) return http(200, '{}');
      const [, name] = /^GET \/object_info\/(\w+)$/.exec(line) ?? [];
      if (name) return http(200, JSON.stringify({ [name]: { input: {} } }));
      return http(404, '', { 'content-type': 'application/octet-stream' });
    });
  }

  const asked = ({ requests }: StrangeServer) =>
    requests.filter(({ line }) => line.startsWith('GET /api/jobs')).length;

  it('is asked once', async () => {
    const server = await withoutJobs();
    const runner = await runnerOf([server]);
    await becomes(runner, server, 'ready');
    for (let i = 0; i < 3; i += 1) {
      expect(await runner.lookUp(server.url, someJob().promptId, unhurried)).toEqual({ status: 'unknown' });
    }
    expect(asked(server)).toBe(1);
  });

  it.each(['0.33.0', '0.3.64'] as const)(
    'is asked again after the server was away: another version than %s came back',
    async (version) => {
      const before = await comfyUi({ version });
      const runner = await runnerOf([before]);
      await becomes(runner, before, 'ready');
      await before.stop();
      const after = await comfyUi({ version: version === '0.33.0' ? '0.3.64' : '0.33.0', port: before.port });
      const job = someJob();
      await pollUntil(() => stateOf(runner, after)?.state === 'ready');
      await runner.submit(after.url, job, unhurried);
      expect(await ended(runner, after.url, job.promptId)).toMatchObject({ status: 'done' });
    },
  );

  it('is asked again at once when the server does not speak it any more', async () => {
    const before = await comfyUi({ version: '0.33.0' });
    const runner = await runnerOf([before], { probeIntervalMs: 600_000, socketSilenceMs: 600_000 });
    await becomes(runner, before, 'ready');
    await before.stop();
    const after = await comfyUi({ version: '0.3.64', port: before.port, faults: { 'never-ends': {} } });
    const job = someJob();
    await runner.submit(after.url, job, unhurried);
    await running(runner, after.url, job.promptId);
    expect(await runner.cancel(after.url, job.promptId, unhurried)).toEqual({ status: 'cancelled' });
  });

  it('is not taken from a proxy that says 404 of everything: nothing is unknown then', async () => {
    const server = await strangeServer(() => http(404, '{"error":"no such backend"}'));
    const runner = await runnerOf([server]);
    await expect(runner.lookUp(server.url, someJob().promptId, unhurried)).rejects.toMatchObject({
      code: 'SERVER_ODD',
    });
  });

  it('may name what it does not know otherwise than today', async () => {
    const server = await strangeServer(({ line }) =>
      line.startsWith('GET /api/jobs?') ? http(200, '{"jobs":[]}') : http(404, '{"error":"job_not_found"}'),
    );
    const runner = await runnerOf([server]);
    expect(await runner.lookUp(server.url, someJob().promptId, unhurried)).toEqual({ status: 'unknown' });
  });
});

it('takes back what a server has queued under another id than ours: nobody would ever look for it', async () => {
  const theirs = someJob().promptId;
  let queued = true;
  const server = await strangeServer(({ line, text }) => {
    if (line === 'POST /prompt')
      return http(200, JSON.stringify({ prompt_id: theirs, number: 1, node_errors: {} }));
    if (line === 'POST /queue' && text.includes(theirs)) queued = false;
    if (line === 'GET /queue') {
      return http(200, JSON.stringify({ queue_running: [], queue_pending: queued ? [[1, theirs]] : [] }));
    }
    return line.startsWith('GET /api/jobs') ? http(404, '') : http(200, '{}');
  });
  const runner = await runnerOf([server]);
  await expect(runner.submit(server.url, someJob(), unhurried)).rejects.toMatchObject({
    code: 'REQUEST_REFUSED',
    kind: 'permanent',
  });
  expect(queued).toBe(false);
});
