import { setTimeout as pause } from 'node:timers/promises';

const finals = new Set(['completed', 'failed', 'cancelled']);
const afterLoss = 1_000;

/**
 * Watches an image's events to its end; a stream that is cut is opened again.
 * @param show told of each state
 * @returns the image as it is in the end
 */
export async function followImage(url, image, show, signal) {
  let state = image;
  while (!finals.has(state.status)) {
    try {
      for await (const next of events(new URL(image.links.events, url), signal)) {
        state = next;
        show(state);
        if (finals.has(state.status)) return state;
      }
    } catch (error) {
      if (signal.aborted) throw error;
    }
    await pause(afterLoss, undefined, { signal });
  }
  return state;
}

/** The data of server-sent events, see https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* events(address, signal) {
  const answer = await fetch(address, { headers: { accept: 'text/event-stream' }, signal });
  if (!answer.ok) throw new Error(`events were answered with ${answer.status}`);
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => line.startsWith('data:'));
      const data = lines.map((line) => line.slice('data:'.length)).join('\n');
      if (data) yield JSON.parse(data);
    }
  }
}
