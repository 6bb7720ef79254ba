/** What certificates are written in: tag, length, content (X.690, distinguished encoding). */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const short = length.subarray(length.findIndex((byte) => byte > 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | short.length]), short, content]);
}

export const sequence = (...contents: readonly Buffer[]) => der(0x30, ...contents);
export const set = (...contents: readonly Buffer[]) => der(0x31, ...contents);
/** @param bytes not negative: the first bit is 0 */
export const integer = (bytes: Buffer) => der(0x02, bytes);
export const yes = der(0x01, Buffer.from([0xff]));
export const octets = (content: Buffer) => der(0x04, content);
export const bits = (content: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), content);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text));
/** Part `n` of a structure, written whole; with `plain`, only its content. */
export const part = (n: number, content: Buffer) => der(0xa0 | n, content);
export const plainPart = (n: number, content: Buffer) => der(0x80 | n, content);

/** `1.2.840.10045.4.3.2`, each number in digits of seven bits. */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number);
  const digits = [first * 40 + second, ...others].flatMap((number) => {
    const places = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) places.unshift(0x80 | (left & 0x7f));
    return places;
  });
  return der(0x06, Buffer.from(digits));
}

/** In the form that holds for all years up to 9999. */
export function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`));
}
