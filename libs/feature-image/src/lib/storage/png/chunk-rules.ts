import { refused } from '../image-file.errors';
import { HEADER_BYTES, type PngHeader } from './png-header';

/** Chunks about colours that are fixed numbers: kept when they are as they should be, dropped when not. */
const COLOUR_CHUNKS: ReadonlyMap<string, number> = new Map([
  ['gAMA', 4],
  ['cHRM', 32],
  ['sRGB', 1],
]);

/** Bytes of `tRNS` by colour type; with a palette it has up to a byte per colour. */
const TRANSPARENCY_BYTES: Readonly<Record<number, number>> = { 0: 2, 2: 6 };

const PALETTE = 3;
const COLOUR_BYTES = 3;

/**
 * Decides for each chunk whether it may be where it is, and whether it is kept. Kept is what pixels are made of, and
 * nothing that could hold text: no comments, no EXIF, no colour profile, no frames of an animation, no private chunks.
 */
export class ChunkRules {
  header: PngHeader | undefined;
  private readonly seen = new Set<string>();
  private last = '';
  private colours = 0;

  /**
   * To be told of every chunk, in order.
   *
   * @returns whether the chunk is kept
   * @throws ImageFileError `IMAGE_REFUSED` (structure)
   */
  admit(type: string, length: number): boolean {
    if (!/^[A-Za-z]{4}$/.test(type) || length > 0x7fffffff) throw wrong('is no chunk at all');
    if (this.last === '' && type !== 'IHDR') throw wrong('does not begin with its header');
    const kept = this.keeps(type, length);
    this.seen.add(type);
    this.last = type;
    return kept;
  }

  private keeps(type: string, length: number): boolean {
    switch (type) {
      case 'IHDR':
        if (this.last !== '' || length !== HEADER_BYTES) throw wrong('has a wrong header');
        return true;
      case 'PLTE':
        this.checkPalette(length);
        return true;
      case 'tRNS':
        this.checkTransparency(length);
        return true;
      case 'IDAT':
        if (this.seen.has(type) && this.last !== type) throw wrong('has its pixels in two places');
        if (this.colourType === PALETTE && this.colours === 0) throw wrong('has no palette');
        return true;
      case 'IEND':
        if (!this.seen.has('IDAT') || length !== 0) throw wrong('has a wrong end');
        return true;
      default:
        if (isCritical(type)) throw wrong('has a part that nobody knows');
        return COLOUR_CHUNKS.get(type) === length && !this.seen.has(type) && this.isBefore('PLTE', 'IDAT');
    }
  }

  private checkPalette(length: number): void {
    const most = this.colourType === PALETTE ? 2 ** (this.header?.bitDepth ?? 0) : 256;
    const colours = length / COLOUR_BYTES;
    const fits = Number.isInteger(colours) && colours >= 1 && colours <= most;
    const useful = this.colourType !== 0 && this.colourType !== 4;
    if (!fits || !useful || !this.isBefore('PLTE', 'tRNS', 'IDAT')) throw wrong('has a wrong palette');
    this.colours = colours;
  }

  private checkTransparency(length: number): void {
    const fits =
      this.colourType === PALETTE
        ? length >= 1 && length <= this.colours
        : length === TRANSPARENCY_BYTES[this.colourType];
    if (!fits || !this.isBefore('tRNS', 'IDAT')) throw wrong('has a wrong transparency');
  }

  private get colourType(): number {
    return this.header?.colourType ?? -1;
  }

  private isBefore(...types: string[]): boolean {
    return !types.some((type) => this.seen.has(type));
  }
}

/** A capital first letter: without this chunk the picture cannot be understood. */
function isCritical(type: string): boolean {
  return type < 'a';
}

function wrong(how: string) {
  return refused('structure', `The PNG ${how}.`);
}
