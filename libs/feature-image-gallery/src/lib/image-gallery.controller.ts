import { Controller, Delete, Get, Put } from '@nestjs/common';
import {
  type AuthenticatedUser,
  CurrentUser,
  Endpoint,
  idParams,
  type List,
  ValidParams,
  ValidQuery,
} from '@sluice/util-http';
import type { ImageView } from '@sluice/util-images';
import type { z } from 'zod';
import { galleryListSchema, galleryQuery, type GalleryQuery } from './gallery.schemas';
import { ImageGalleryService } from './image-gallery.service';

type Id = z.infer<typeof idParams>;

@Controller('api')
export class ImageGalleryController {
  constructor(private readonly gallery: ImageGalleryService) {}

  @Get('gallery')
  @Endpoint({
    summary: 'Own images, newest first; follow `links.events` for the progress of those that are being made',
    query: galleryQuery,
    responses: { 200: galleryListSchema },
  })
  page(@CurrentUser() user: AuthenticatedUser, @ValidQuery() query: GalleryQuery): Promise<List<ImageView>> {
    return this.gallery.page(user.id, query);
  }

  @Put('images/:id/like')
  @Endpoint({ summary: 'Likes an image', params: idParams, responses: { 204: null }, problems: [404] })
  async like(@CurrentUser() user: AuthenticatedUser, @ValidParams() { id }: Id): Promise<void> {
    await this.gallery.like(user.id, id);
  }

  @Delete('images/:id/like')
  @Endpoint({ summary: 'Likes it no more', params: idParams, responses: { 204: null }, problems: [404] })
  async unlike(@CurrentUser() user: AuthenticatedUser, @ValidParams() { id }: Id): Promise<void> {
    await this.gallery.unlike(user.id, id);
  }
}
