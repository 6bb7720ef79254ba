import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ComfyUiVersion } from '../lib/dialect/version';

export type Entry = { readonly t_ms: number } & (
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'ws-open'; readonly conn: string; readonly path: string }
  | { readonly kind: 'ws-close'; readonly conn: string; readonly code: number }
  | ({ readonly kind: 'ws-text'; readonly conn: string } & TextFrame)
  | {
      readonly kind: 'ws-binary';
      readonly conn: string;
      readonly length: number;
      readonly first64_hex: string;
    }
  | RecordedRequest
  | RecordedResponse
);

export type TextFrame =
  { readonly dir: 'in' | 'out'; readonly message: unknown } | { readonly dir: 'out'; readonly text: string };

export interface RecordedRequest {
  readonly kind: 'http-request';
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly body_text?: string;
  readonly body_note?: string;
}

export interface RecordedResponse {
  readonly kind: 'http-response';
  readonly n: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly body_text?: string;
  readonly body_binary?: { readonly length: number; readonly first64_hex: string };
  /** Nobody answered. */
  readonly error?: string;
}

/** The recorded traffic of one scenario, in order of arrival. */
export function readTranscript(version: ComfyUiVersion, scenario: string): Entry[] {
  const path = join(__dirname, '../../transcripts', version, `${scenario}.jsonl`);
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Entry);
}

/** In which order Python's sets gave the outputs of each prompt, where the traffic shows it. */
export function outputOrders(entries: readonly Entry[]): Map<string, readonly string[]> {
  const orders = new Map<string, readonly string[]>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (
      Array.isArray(value) &&
      value.length === 5 &&
      typeof value[1] === 'string' &&
      Array.isArray(value[4])
    ) {
      orders.set(value[1], value[4] as string[]);
    }
    Object.values(value).forEach(walk);
  };
  for (const entry of entries) if (entry.kind === 'http-response') walk(entry.body);
  return orders;
}
