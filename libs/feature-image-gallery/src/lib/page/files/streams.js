// Browsers open six connections to one server (HTTP/1.1), and a stream holds one for as long as it lasts.
const MOST_STREAMS = 3;
const STREAM_EVENTS = ['snapshot', 'status', 'progress'];

export const isFinal = ({ status }) => ['completed', 'failed', 'cancelled'].includes(status);

/** Follows the images that are being made, those that are furthest first; the others take their turn. */
export class Streams {
  #open = new Map();
  #onImage;

  constructor(onImage) {
    this.#onImage = onImage;
  }

  /** @param images newest first, with links that are fresh */
  follow(images) {
    const unfinished = images.filter((image) => !isFinal(image));
    const wanted = new Set(unfinished.map(({ id }) => id));
    for (const id of this.#open.keys()) if (!wanted.has(id)) this.#close(id);
    const oldestFirst = unfinished.reverse();
    const isMade = ({ status }) => status !== 'queued';
    for (const image of [...oldestFirst.filter(isMade), ...oldestFirst.filter((one) => !isMade(one))]) {
      if (this.#open.size >= MOST_STREAMS) return;
      if (!this.#open.has(image.id)) this.#openStream(image);
    }
  }

  closeAll() {
    for (const id of this.#open.keys()) this.#close(id);
  }

  #openStream({ id, links }) {
    const stream = new EventSource(links.events);
    this.#open.set(id, stream);
    const onEvent = ({ data }) => {
      const image = JSON.parse(data);
      if (isFinal(image)) this.#close(id);
      this.#onImage(image);
    };
    for (const name of STREAM_EVENTS) stream.addEventListener(name, onEvent);
    // A browser would go on with a link that is over. The next look at the gallery brings a new one.
    stream.addEventListener('error', () => this.#close(id));
  }

  #close(id) {
    this.#open.get(id)?.close();
    this.#open.delete(id);
  }
}
