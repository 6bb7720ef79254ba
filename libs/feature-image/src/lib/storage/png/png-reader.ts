import { crc32 } from 'node:zlib';
import { refused } from '../image-file.errors';
import { ChunkRules } from './chunk-rules';
import { type PngHeader, readPngHeader } from './png-header';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** What a piece of a PNG gave. */
export interface PngParts {
  /** The PNG without its metadata, byte for byte as it came. */
  kept: Buffer[];
  /** Compressed pixels. */
  pixels: Buffer[];
}

/** Where the reader is; `left` bytes are missing until the next place. */
type Place = 'signature' | 'head' | 'data' | 'checksum' | 'end';

/**
 * Takes a PNG apart as it arrives, in pieces of any length, and checks each part: its place, its length, its checksum.
 * It holds no more than 13 bytes. What follows the end of the picture is no part of it, and is dropped.
 */
export class PngReader {
  private readonly rules = new ChunkRules();
  private place: Place = 'signature';
  private left = SIGNATURE.length;
  /** Bytes of a part that is looked at whole: the signature, a head, a checksum, the header. */
  private gathered: Buffer[] = [];
  private type = '';
  private kept = true;
  private checksum = 0;

  /** @param expected the size it must have, in pixels */
  constructor(private readonly expected: { width: number; height: number }) {}

  /** Undefined until it has arrived; there when the first pixels are. */
  get header(): PngHeader | undefined {
    return this.rules.header;
  }

  /** @throws ImageFileError `IMAGE_REFUSED` */
  push(piece: Buffer): PngParts {
    const parts: PngParts = { kept: [], pixels: [] };
    let at = 0;
    while (!this.isOver() && at < piece.length) {
      const part = piece.subarray(at, at + this.left);
      at += part.length;
      this.left -= part.length;
      this.take(part, parts);
      // A chunk without data has no part of it that could arrive.
      while (this.left === 0 && !this.isOver()) this.advance();
    }
    return parts;
  }

  /** @throws ImageFileError `IMAGE_REFUSED` when the PNG is not over yet */
  end(): void {
    if (this.place === 'signature') throw notPng();
    if (!this.isOver()) throw refused('truncated', 'The PNG ends too early.');
  }

  private isOver(): boolean {
    return this.place === 'end';
  }

  private take(part: Buffer, { kept, pixels }: PngParts): void {
    if (this.place === 'data') {
      this.checksum = crc32(part, this.checksum);
      if (this.type === 'IDAT') pixels.push(part);
      if (this.type === 'IHDR') this.gathered.push(part);
    } else {
      this.gathered.push(part);
    }
    if (this.place === 'head') this.holdBack(kept);
    else if (this.kept) kept.push(part);
  }

  /** Whether a chunk is kept is known when its head is whole. */
  private holdBack(kept: Buffer[]): void {
    if (this.left > 0) return;
    const head = Buffer.concat(this.gathered);
    this.type = head.toString('latin1', 4);
    this.kept = this.rules.admit(this.type, head.readUInt32BE(0));
    if (this.kept) kept.push(head);
  }

  private advance(): void {
    const whole = Buffer.concat(this.gathered);
    if (this.place !== 'data' || this.type === 'IHDR') this.gathered = [];
    switch (this.place) {
      case 'signature':
        if (!whole.equals(SIGNATURE)) throw notPng();
        return this.goTo('head', HEAD_BYTES);
      case 'head':
        this.checksum = crc32(whole.subarray(4));
        return this.goTo('data', whole.readUInt32BE(0));
      case 'data':
        if (this.type === 'IHDR') this.readHeader(whole);
        return this.goTo('checksum', CHECKSUM_BYTES);
      case 'checksum':
        if (whole.readUInt32BE(0) !== this.checksum) {
          throw refused('checksum', `A part of the PNG (${this.type}) is damaged.`);
        }
        return this.type === 'IEND' ? this.goTo('end', 0) : this.goTo('head', HEAD_BYTES);
      default:
    }
  }

  private goTo(place: Place, bytes: number): void {
    this.place = place;
    this.left = bytes;
  }

  private readHeader(data: Buffer): void {
    const header = readPngHeader(data);
    const { width, height } = this.expected;
    if (header.width !== width || header.height !== height) {
      const sizes = `${header.width} × ${header.height} pixels, not ${width} × ${height}`;
      throw refused('size', `The PNG has ${sizes}.`);
    }
    this.rules.header = header;
  }
}

function notPng() {
  return refused('not-png', 'What arrived is no PNG.');
}
