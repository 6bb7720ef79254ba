import { listOf, pageQuery, uuidSchema } from '@sluice/util-http';
import { imageSchema, imageStatusSchema } from '@sluice/util-images';
import { z } from 'zod';

export const galleryQuery = pageQuery.extend({
  characterId: uuidSchema.optional().describe('Only images of this character'),
  status: imageStatusSchema.optional().describe('Only images in this state'),
  liked: z
    .enum(['true', 'false'], 'Must be true or false')
    .transform((value) => value === 'true')
    .optional()
    .describe('Only those that you like, or only those that you do not'),
});

export const galleryListSchema = listOf(imageSchema);

export type GalleryQuery = z.infer<typeof galleryQuery>;
