import { inspect } from 'node:util';
import { ComfyUIConfigError } from './comfyui-config.error';
import { readComfyUIEnvironment } from './comfyui-environment';
import { resolveComfyUIConfig } from './comfyui.config';

const SECRET = 'hunter2-s3cret';

type Env = Record<string, string>;

function problemsOf(env: Env): string[] {
  try {
    readComfyUIEnvironment(env);
  } catch (error) {
    if (!(error instanceof ComfyUIConfigError)) throw error;
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
    return [...error.problems];
  }
  return [];
}

describe('configuration from the environment', () => {
  it.each<[string, Env, object]>([
    ['nothing: the feature is not configured', {}, { urls: [], headers: {}, requestTimeoutMs: 10_000 }],
    ['an empty COMFYUI_URLS is not set', { COMFYUI_URLS: '  ' }, { urls: [] }],
    [
      'production without servers: it is the feature that is missing, not the API',
      { NODE_ENV: 'production' },
      { urls: [] },
    ],
    ['one server', { COMFYUI_URLS: 'http://gpu:8188' }, { urls: ['http://gpu:8188'] }],
    [
      'several, written in one way',
      { COMFYUI_URLS: ' HTTP://GPU:8188/ ,https://b.example:443/comfy// , http://[::1]:8188,' },
      { urls: ['http://gpu:8188', 'https://b.example/comfy', 'http://[::1]:8188'] },
    ],
    [
      'a header',
      { COMFYUI_URLS: 'https://gpu', COMFYUI_AUTH_HEADER: `Authorization:  Bearer ${SECRET}: x ` },
      { headers: { Authorization: `Bearer ${SECRET}: x` }, warnings: [] },
    ],
    [
      'a model',
      { COMFYUI_CHECKPOINT: 'sub folder/modèl.safetensors' },
      { checkpoint: 'sub folder/modèl.safetensors' },
    ],
    [
      'limits',
      { COMFYUI_REQUEST_TIMEOUT_MS: '5', COMFYUI_MAX_OUTPUT_BYTES: '1000' },
      { requestTimeoutMs: 5, maxOutputBytes: 1_000 },
    ],
  ])('takes %s', (_, env, expected) => {
    expect(readComfyUIEnvironment(env)).toMatchObject(expected);
  });

  it.each<[string, Env, RegExp]>([
    [
      'an address without http',
      { COMFYUI_URLS: 'gpu:8188' },
      /^COMFYUI_URLS: every address begins with http/,
    ],
    ['the address of the WebSocket', { COMFYUI_URLS: 'ws://gpu:8188' }, /^COMFYUI_URLS: every address/],
    ['one that cannot be read', { COMFYUI_URLS: 'http://gpu:99999' }, /^COMFYUI_URLS: .*cannot be read/],
    [
      'credentials, for addresses are stored and shown',
      { COMFYUI_URLS: `http://ada:${SECRET}@gpu` },
      /^COMFYUI_URLS: .*COMFYUI_AUTH_HEADER instead/,
    ],
    [
      'a token in the query',
      { COMFYUI_URLS: `http://gpu?token=${SECRET}` },
      /^COMFYUI_URLS: nothing may follow/,
    ],
    ['the address of the API', { COMFYUI_URLS: 'http://gpu:8188/api' }, /^COMFYUI_URLS: .*without \/api/],
    ['the same server twice', { COMFYUI_URLS: 'http://gpu, http://GPU/' }, /^COMFYUI_URLS names the same/],
    ['commas only', { COMFYUI_URLS: ',,' }, /^COMFYUI_URLS holds commas only/],
    ['a header without its name', { COMFYUI_AUTH_HEADER: SECRET }, /^COMFYUI_AUTH_HEADER must be written as/],
    ['a header without its value', { COMFYUI_AUTH_HEADER: 'Authorization:' }, /^COMFYUI_AUTH_HEADER must be/],
    ['a name that is none', { COMFYUI_AUTH_HEADER: `X(y: ${SECRET}` }, /^COMFYUI_AUTH_HEADER: the name/],
    [
      'two headers in one',
      { COMFYUI_AUTH_HEADER: `X-A: 1\r\nX-B: ${SECRET}` },
      /^COMFYUI_AUTH_HEADER: the value holds/,
    ],
    [
      'a header of the protocol',
      { COMFYUI_AUTH_HEADER: `Host: ${SECRET}` },
      /^COMFYUI_AUTH_HEADER: this header/,
    ],
    ['a limit in words', { COMFYUI_CANCEL_TIMEOUT_MS: 'ten' }, /^COMFYUI_CANCEL_TIMEOUT_MS must be a whole/],
    ['a limit of 0', { COMFYUI_PROBE_INTERVAL_MS: '0' }, /^COMFYUI_PROBE_INTERVAL_MS: /],
    ['a limit beyond reason', { COMFYUI_MAX_OUTPUT_BYTES: '99999999999' }, /^COMFYUI_MAX_OUTPUT_BYTES: /],
  ])('refuses %s', (_, env, expected) => {
    expect(problemsOf(env)).toContainEqual(expect.stringMatching(expected));
  });

  it('names every problem at once', () => {
    expect(
      problemsOf({ COMFYUI_URLS: 'gpu', COMFYUI_AUTH_HEADER: 'x', COMFYUI_FETCH_TIMEOUT_MS: 'x' }),
    ).toHaveLength(3);
  });

  it('is loud about a header that everybody on the way can read', () => {
    const authHeader = `X-Token: ${SECRET}`;
    const { warnings } = resolveComfyUIConfig({
      urls: ['http://gpu:8188', 'http://127.0.0.1:8188', 'https://b'],
      authHeader,
    });
    expect(warnings).toEqual([expect.stringContaining('gpu:8188 unencrypted')]);
    expect(warnings.join()).not.toContain(SECRET);
  });
});
