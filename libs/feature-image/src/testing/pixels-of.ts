import sharp from 'sharp';

export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Buffer;
}

/** The pixels as libvips decodes them, 16 bits a channel, so that no bit of any kind of PNG is lost. */
export async function pixelsOf(file: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(file, { failOn: 'error' })
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}
