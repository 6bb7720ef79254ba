/** @typedef {{ name: string, bytes: number, count: number, heapEntries: number }} Size */

/** @type {Size[]} */
export const sizes = [
  { name: '200 B', bytes: 200, count: 1024, heapEntries: 5_000 },
  { name: '2 KiB', bytes: 2_048, count: 1024, heapEntries: 5_000 },
  { name: '50 KiB', bytes: 51_200, count: 512, heapEntries: 400 },
];

const words = 'amber harbour quiet lantern river copper winter garden signal meadow thread hollow'.split(' ');

/**
 * An object as an API would cache it, of exactly this many bytes as JSON: strings, numbers, booleans, a date, and
 * nested arrays and objects. Plain ASCII, the same for the same index.
 *
 * @param {Size} size
 * @param {number} index
 */
export function valueOf({ bytes }, index) {
  const random = generator(index + 1);
  const pick = () => words[Math.floor(random() * words.length)];
  const value = {
    id: `chr_${String(index).padStart(7, '0')}`,
    name: `${pick()} ${pick()}`,
    level: Math.floor(random() * 100),
    rating: Math.round(random() * 500) / 100,
    public: random() > 0.5,
    tags: [pick(), pick()],
    updatedAt: new Date(1_780_000_000_000 + index * 61_000).toISOString(),
    text: '',
  };
  let length = JSON.stringify(value).length;
  const messages = [];
  while (length + 260 < bytes) {
    const message = {
      id: Math.floor(random() * 1e9),
      author: { name: pick(), verified: random() > 0.3 },
      text: Array.from({ length: 6 }, pick).join(' '),
      scores: [random(), random()].map((score) => Math.round(score * 1000) / 1000),
      parent: random() > 0.7 ? Math.floor(random() * 1e6) : null,
    };
    messages.push(message);
    length += JSON.stringify(message).length + (messages.length === 1 ? ',"messages":[]'.length : 1);
  }
  if (messages.length > 0) value.messages = messages;
  while (value.text.length < bytes - length) value.text += `${pick()} `;
  value.text = value.text.slice(0, bytes - length);
  return value;
}

function generator(seed) {
  let state = (seed * 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
