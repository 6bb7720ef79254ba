import { call, signIn, signOut } from './api.js';
import { Card } from './card.js';
import { isFinal, Streams } from './streams.js';

const LOOK_EVERY_MS = 5_000;
const byId = (id) => document.getElementById(id);
const list = byId('images');
/** By id, in the order of the page. */
let cards = new Map();
let nextCursor = null;
let pages = 0;
/** Raised by whatever makes answers unwanted that are on their way. */
let turn = 0;
let timer;

const streams = new Streams((image) => {
  const card = cards.get(image.id);
  if (!card) return;
  const wasFinal = isFinal(card.image);
  card.update(image, { fromStream: true });
  if (isFinal(image) && !wasFinal) {
    byId('news').textContent = `${image.status}: ${image.prompt}`;
    followUnfinished();
  }
});

const actions = {
  like: (card) =>
    attempt(async () => {
      const liked = !card.image.liked;
      await call(liked ? 'PUT' : 'DELETE', `/api/images/${card.image.id}/like`);
      card.update({ ...card.image, liked });
    }),
  cancel: (card) =>
    attempt(async () => {
      await call('POST', `/api/images/${card.image.id}/cancel`);
      await refresh(card);
    }),
  refresh: (card) => attempt(() => refresh(card)),
};

async function refresh(card) {
  card.update(await call('GET', `/api/images/${card.image.id}`));
}

function query(cursor) {
  const words = new URLSearchParams({ limit: '20' });
  if (byId('status').value) words.set('status', byId('status').value);
  if (byId('liked').checked) words.set('liked', 'true');
  if (cursor) words.set('cursor', cursor);
  return `/api/gallery?${words}`;
}

/** Looks at the first page, again and again: new images come from anywhere. */
async function look() {
  clearTimeout(timer);
  const mine = turn;
  let pause = LOOK_EVERY_MS;
  if (!document.hidden) {
    const error = await attempt(async () => {
      const answer = await call('GET', query());
      if (mine === turn) showFirstPage(answer);
    }, 'looking');
    if (error?.retryAfter) pause = Math.max(pause, error.retryAfter * 1_000);
  }
  if (mine !== turn) return;
  // Another look may have ended meanwhile: there is one next one.
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

function showFirstPage({ data, page }) {
  const isContinued = data.some(({ id }) => cards.has(id));
  // So much is new that there may be more between it and what is shown.
  if (!isContinued) clear();
  const last = data.at(-1);
  const isBehind = ({ image }) => last && page.hasMore && isOlder(image, last);
  const rest = [...cards.values()].filter((card) => isBehind(card));
  const shown = data.map((image) => cardOf(image));
  arrange([...shown, ...rest]);
  if (pages <= 1) {
    nextCursor = page.nextCursor;
    pages = 1;
  }
  afterChange();
}

async function showMore() {
  const mine = turn;
  const cursor = nextCursor;
  await attempt(async () => {
    const { data, page } = await call('GET', query(cursor));
    if (mine !== turn || cursor !== nextCursor) return;
    const shown = data.map((image) => cardOf(image));
    arrange([...new Set([...cards.values(), ...shown])]);
    nextCursor = page.nextCursor;
    pages += 1;
    afterChange();
    // Where the button is gone, and for who uses a keyboard anyhow: on to what has come.
    shown[0]?.element.querySelector('a:not([hidden]), button').focus();
  });
}

function isOlder(image, than) {
  if (image.createdAt !== than.createdAt) return image.createdAt < than.createdAt;
  return image.id < than.id;
}

function cardOf(image) {
  const card = cards.get(image.id);
  card?.update(image);
  return card ?? new Card(image, actions);
}

/** Moves nothing that stands where it should: what has the focus keeps it. */
function arrange(wanted) {
  const kept = new Set(wanted);
  for (const card of cards.values()) {
    if (kept.has(card)) continue;
    if (card.element.contains(document.activeElement)) byId('heading').focus();
    card.element.remove();
  }
  wanted.forEach(({ element }, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
  cards = new Map(wanted.map((card) => [card.image.id, card]));
}

function afterChange() {
  byId('more').hidden = nextCursor === null;
  byId('empty').hidden = cards.size > 0;
  followUnfinished();
}

function followUnfinished() {
  streams.follow([...cards.values()].map(({ image }) => image));
}

function clear() {
  arrange([]);
  nextCursor = null;
  pages = 0;
}

/** Begins again, with what is asked for now. */
function restart() {
  turn += 1;
  clear();
  streams.closeAll();
  return look();
}

/**
 * A look that went well takes back no trouble but that of looks: what came of a click stays to be read.
 *
 * @returns what went wrong, which the user has been told
 */
async function attempt(work, what = 'acting') {
  const trouble = byId('trouble');
  try {
    await work();
    if (what === 'acting' || trouble.dataset.of === what) trouble.hidden = true;
    return undefined;
  } catch (error) {
    tell(error.message);
    trouble.dataset.of = what;
    if (error.status === 401) showSignIn();
    return error;
  }
}

function tell(words) {
  byId('trouble').textContent = words;
  byId('trouble').hidden = false;
}

function showSignIn() {
  turn += 1;
  clearTimeout(timer);
  streams.closeAll();
  clear();
  byId('gallery').hidden = true;
  byId('sign-out').hidden = true;
  byId('sign-in').hidden = false;
  byId('email').focus();
}

byId('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = event.target.querySelector('button');
  button.disabled = true;
  try {
    await signIn(byId('email').value, byId('password').value);
    byId('trouble').hidden = true;
    byId('password').value = '';
    byId('sign-in').hidden = true;
    byId('gallery').hidden = false;
    byId('sign-out').hidden = false;
    byId('heading').focus();
    await restart();
  } catch (error) {
    tell(error.message);
  } finally {
    button.disabled = false;
  }
});

byId('sign-out').addEventListener('click', () => {
  byId('trouble').hidden = true;
  showSignIn();
  void signOut();
});
byId('filter').addEventListener('change', () => void restart());
byId('filter').addEventListener('submit', (event) => event.preventDefault());
byId('more').addEventListener('click', () => void showMore());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !byId('gallery').hidden) void look();
});

showSignIn();
