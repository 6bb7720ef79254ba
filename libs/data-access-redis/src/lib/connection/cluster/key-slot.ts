/** Slots of every Redis Cluster. */
export const SLOTS = 16_384;

const POLYNOMIAL = 0x1021;

/** CRC16 of each byte, as XMODEM defines it. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc;
});

/** The slot of a full key: of what stands between its first brace and the next closing one, if anything does. */
export function keySlot(key: string): number {
  const tag = hashTag(key);
  return tag === undefined ? crc16(key, 0, key.length) % SLOTS : crc16(key, ...tag) % SLOTS;
}

/** Whether a key is hashed by a tag, and not whole. */
export function hasHashTag(key: string): boolean {
  return hashTag(key) !== undefined;
}

/** What stands in braces in a key that is to lie in a slot. Found by trying: a ms or two. */
export function tagOfSlot(slot: number): string {
  for (let n = 0; ; n++) {
    const tag = String(n);
    if (crc16(tag, 0, tag.length) % SLOTS === slot) return tag;
  }
}

/** Places of the keys, grouped by slot. */
export function groupBySlot(keys: readonly string[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (let place = 0; place < keys.length; place++) {
    const slot = keySlot(keys[place] as string);
    const group = groups.get(slot);
    if (group) group.push(place);
    else groups.set(slot, [place]);
  }
  return groups;
}

function hashTag(key: string): [from: number, to: number] | undefined {
  const open = key.indexOf('{');
  if (open < 0) return undefined;
  const close = key.indexOf('}', open + 1);
  return close > open + 1 ? [open + 1, close] : undefined;
}

function crc16(text: string, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return crc16OfBytes(Buffer.from(text.slice(from, to)));
    crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ code] as number);
  }
  return crc;
}

function crc16OfBytes(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] as number);
  return crc;
}
