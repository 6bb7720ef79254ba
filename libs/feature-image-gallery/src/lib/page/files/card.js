import { isFinal } from './streams.js';

const STATES = {
  queued: 'Waiting',
  generating: 'Being made',
  cancelling: 'Being cancelled',
  completed: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
const LINKS_HOLD_MS = 480_000;

/**
 * One image on the page. Whatever comes from the API is shown as text, and only its own addresses are followed.
 * `actions`: what its buttons do, and `refresh`, which asks for the image again.
 */
export class Card {
  #at = 0;
  #parts;

  constructor(image, actions) {
    const template = document.getElementById('card');
    this.element = template.content.firstElementChild.cloneNode(true);
    const part = (name) => this.element.querySelector(name);
    this.#parts = {
      picture: part('.picture'),
      img: part('img'),
      pending: part('.pending'),
      state: part('.state'),
      progress: part('progress'),
      error: part('.error'),
      prompt: part('.prompt'),
      like: part('.like'),
      cancel: part('.cancel'),
    };
    const { like, cancel, picture, img } = this.#parts;
    like.addEventListener('click', () => actions.like(this));
    cancel.addEventListener('click', () => actions.cancel(this));
    // Links live for ten minutes: they are made new before somebody follows an old one.
    const refreshOldLinks = () => Date.now() - this.#at > LINKS_HOLD_MS && actions.refresh(this);
    picture.addEventListener('pointerenter', refreshOldLinks);
    picture.addEventListener('focus', refreshOldLinks);
    img.addEventListener('error', () => {
      const isOld = Date.now() - this.#at > LINKS_HOLD_MS;
      img.removeAttribute('src');
      if (isOld) actions.refresh(this);
    });
    this.update(image);
  }

  /** @param fromStream whether its progress is of now; that of a list may be missing */
  update(image, { fromStream = false } = {}) {
    const before = this.image;
    // An answer that was on its way when the image was finished.
    if (before && isFinal(before) && !isFinal(image)) return;
    const known = !fromStream && before?.status === image.status ? before.progress : 0;
    this.image = { ...image, progress: Math.max(known, image.progress) };
    this.#at = Date.now();
    this.#show();
  }

  #show() {
    const { image } = this;
    const { picture, img, pending, state, progress, error, prompt, like, cancel } = this.#parts;
    const completed = image.status === 'completed';
    this.element.dataset.status = image.status;
    picture.hidden = !completed;
    pending.hidden = completed;
    state.textContent = STATES[image.status];
    progress.hidden = image.status !== 'generating';
    progress.value = image.progress;
    progress.setAttribute('aria-label', `Progress of ${image.prompt}`);
    error.textContent = image.error?.message ?? '';
    prompt.textContent = image.prompt;
    prompt.title = image.prompt;
    prompt.id = `prompt-${image.id}`;
    for (const button of [like, cancel]) button.setAttribute('aria-describedby', prompt.id);
    like.textContent = image.liked ? '♥ Like' : '♡ Like';
    like.setAttribute('aria-pressed', String(image.liked));
    cancel.hidden = !['queued', 'generating'].includes(image.status);
    if (!completed) return;
    picture.href = ownAddress(image.links.file);
    img.alt = image.prompt;
    // Its address is new in each answer; what is shown is not loaded again.
    if (!img.hasAttribute('src')) img.src = ownAddress(image.links.thumb);
  }
}

function ownAddress(link) {
  if (!link.startsWith('/api/images/')) throw new Error('Not an address of an image.');
  return link;
}
