import { z } from 'zod';
import { readAuthHeader } from './auth-header';
import { ComfyUIConfigError } from './comfyui-config.error';
import { readServerUrl } from './server-url';

export interface ComfyUIOptions {
  /** Addresses of the servers, `http://` or `https://`. None: the feature is not configured. */
  urls?: readonly string[];
  /** `Name: value`, sent with every request and every WebSocket; a secret. Default: none. */
  authHeader?: string;
  /** The model's file name, as the server lists it. Default: the one of the workflow. */
  checkpoint?: string;
  /** How long connecting (TCP and TLS) may take, in ms. Default 2,000. */
  connectTimeoutMs?: number;
  /** How long one question, with its whole answer, may take, in ms. Default 10,000. */
  requestTimeoutMs?: number;
  /** How long fetching one image may take, in ms. Default 120,000. */
  fetchTimeoutMs?: number;
  /** How long a cancel is repeated until the server has stopped, in ms. Default 10,000. */
  cancelTimeoutMs?: number;
  /** How long a prompt must be nowhere to be found until it counts as unknown, in ms. Default 3,000. */
  forgottenAfterMs?: number;
  /** How often each server is asked whether it is there, in ms. Default 5,000. */
  probeIntervalMs?: number;
  /** How long such a question may take, in ms. Default 2,000. */
  probeTimeoutMs?: number;
  /** How long a WebSocket may be silent while something must be heard, in ms. Default 15,000. */
  socketSilenceMs?: number;
  /** The most bytes of one image. Default 64 MiB. */
  maxOutputBytes?: number;
}

/** The options, checked and complete. */
export interface ComfyUIConfig extends Readonly<
  Required<Omit<ComfyUIOptions, 'urls' | 'authHeader' | 'checkpoint'>>
> {
  readonly urls: readonly string[];
  /** Headers for every request; holds a secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checkpoint?: string;
  /** What works but should be looked at; logged once at start. */
  readonly warnings: readonly string[];
}

/** Injection token of `ComfyUIConfig`. */
export const COMFYUI_CONFIG = Symbol('COMFYUI_CONFIG');

const duration = (fallback: number, most = 600_000) => z.number().int().min(1).max(most).default(fallback);

const SCHEMA = z.object({
  // What a file can be called, without anything that a log line or a header could not hold.
  checkpoint: z
    .string()
    .regex(/^[^\p{Cc}]{1,255}$/u, 'must be 1–255 characters without control characters')
    .optional(),
  connectTimeoutMs: duration(2_000, 60_000),
  requestTimeoutMs: duration(10_000),
  fetchTimeoutMs: duration(120_000),
  cancelTimeoutMs: duration(10_000),
  forgottenAfterMs: duration(3_000, 60_000),
  probeIntervalMs: duration(5_000),
  probeTimeoutMs: duration(2_000, 60_000),
  socketSilenceMs: duration(15_000),
  maxOutputBytes: z
    .number()
    .int()
    .min(1)
    .max(2 ** 30)
    .default(64 * 2 ** 20),
});

/**
 * Checks options and fills in the defaults.
 *
 * @throws ComfyUIConfigError that lists every problem; values are never repeated, for they may be secrets
 */
export function resolveComfyUIConfig(options: ComfyUIOptions): ComfyUIConfig {
  const { urls: given = [], authHeader, ...plain } = options;
  const problems: string[] = [];
  const urls = given.map((url) => readServerUrl(url, problems));
  const twice = urls.findIndex((url, i) => url !== undefined && urls.indexOf(url) !== i);
  if (twice >= 0) problems.push(`urls names the same server twice (number ${twice + 1})`);
  const headers = authHeader === undefined ? {} : readAuthHeader(authHeader, problems);
  const parsed = SCHEMA.safeParse(plain);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}`);
  }
  if (problems.length > 0 || !parsed.success) throw new ComfyUIConfigError(problems);
  const { checkpoint, ...limits } = parsed.data;
  return {
    ...limits,
    urls: urls as string[],
    headers,
    ...(checkpoint !== undefined && { checkpoint }),
    warnings: warningsFor(urls as string[], headers),
  };
}

function warningsFor(urls: readonly string[], headers: object): string[] {
  if (Object.keys(headers).length === 0) return [];
  return urls.filter(isPlainTextToElsewhere).map((url) => {
    const { host } = new URL(url);
    return `COMFYUI_AUTH_HEADER goes to ${host} unencrypted, and anybody on the way can read it: use https:// there.`;
  });
}

function isPlainTextToElsewhere(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
