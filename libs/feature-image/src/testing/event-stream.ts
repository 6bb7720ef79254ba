import type { ImageView } from '@sluice/util-images';

export interface HeardEvent {
  type: string;
  data: ImageView;
}

export interface HeardStream {
  status: number;
  /** The names and data of what has come so far. */
  readonly events: HeardEvent[];
  /** How many comments. */
  readonly comments: () => number;
  /** Resolves when the server ends it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Reads server-sent events as an `EventSource` does. */
export async function listenTo(url: string, headers: Record<string, string> = {}): Promise<HeardStream> {
  const hangUp = new AbortController();
  const response = await fetch(url, { headers, signal: hangUp.signal });
  const events: HeardEvent[] = [];
  let comments = 0;
  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const lines = block.split('\n');
        if (lines.some((line) => line.startsWith(':'))) comments += 1;
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const data = field('data');
        if (data !== undefined) events.push({ type: field('event') ?? '', data: JSON.parse(data) });
      }
    }
  };
  return {
    status: response.status,
    events,
    comments: () => comments,
    ended: read().catch(() => undefined),
    close: () => hangUp.abort(),
  };
}
