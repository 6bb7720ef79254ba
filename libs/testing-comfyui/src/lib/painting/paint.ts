import { createHash } from 'node:crypto';
import type { Picture } from './picture';
import type { Pixels } from './png';

type Color = readonly [number, number, number];

const ridges = 3;

/**
 * Paints the n-th picture of a batch: a sky, a sun and three ridges. The same picture always has the same pixels, on
 * every machine: whole numbers only.
 */
export function paint(picture: Picture, index: number): Pixels {
  const { width, height, motif, inverted } = picture;
  const rgb = new Uint8Array(width * height * 3);
  if ('color' in motif) fill(rgb, colorOf(motif.color));
  else paintLandscape(rgb, width, height, createHash('sha512').update(`${motif.seed}#${index}`).digest());
  if (inverted) for (let i = 0; i < rgb.length; i++) rgb[i] = 255 - (rgb[i] as number);
  return { width, height, rgb };
}

function paintLandscape(rgb: Uint8Array, width: number, height: number, dice: Buffer): void {
  const die = (n: number) => dice[n] as number;
  const color = (n: number): Color => [die(n), die(n + 1), die(n + 2)];
  const [top, bottom, sun] = [color(0), color(3), color(6)];
  const sunX = Math.floor((width * die(9)) / 255);
  const sunY = Math.floor((height * die(10)) / 512);
  const radius = Math.floor((Math.min(width, height) * (32 + die(11))) / 1024);
  const lands = Array.from({ length: ridges }, (_, n) => ({
    color: color(12 + 3 * n),
    crest: crestLine(width, height, dice.subarray(24 + 12 * n), n),
  }));

  for (let y = 0, at = 0; y < height; y++) {
    const sky = blend(top, bottom, y, height);
    for (let x = 0; x < width; x++, at += 3) {
      const inSun = (x - sunX) ** 2 + (y - sunY) ** 2 < radius ** 2;
      let here = inSun ? sun : sky;
      for (const land of lands) if (y > (land.crest[x] as number)) here = land.color;
      rgb[at] = here[0];
      rgb[at + 1] = here[1];
      rgb[at + 2] = here[2];
    }
  }
}

/** How far down a ridge begins, for every column: straight lines between nine points. */
function crestLine(width: number, height: number, dice: Buffer, ridge: number): Int32Array {
  const heightOf = (point: number) =>
    Math.floor((height * (2 + ridge)) / 6) +
    Math.floor((height * (dice[point % dice.length] as number)) / 1024);
  return Int32Array.from({ length: width }, (_, x) => {
    const point = Math.floor((x * 8) / width);
    const rest = x * 8 - point * width;
    return heightOf(point) + Math.floor(((heightOf(point + 1) - heightOf(point)) * rest) / width);
  });
}

function blend(from: Color, to: Color, step: number, steps: number): Color {
  const mix = (a: number, b: number) => a + Math.floor(((b - a) * step) / steps);
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}

function fill(rgb: Uint8Array, color: Color): void {
  for (let at = 0; at < rgb.length; at += 3) rgb.set(color, at);
}

function colorOf(rgb: number): Color {
  return [(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255];
}
