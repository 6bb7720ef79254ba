import {
  Controller,
  Delete,
  Get,
  Headers,
  type MessageEvent,
  Post,
  Req,
  Res,
  Sse,
  type StreamableFile,
} from '@nestjs/common';
import {
  type AuthenticatedUser,
  CurrentUser,
  Endpoint,
  type HttpReply,
  problem,
  RateLimit,
  ValidBody,
  ValidParams,
  ValidQuery,
} from '@sluice/util-http';
import { imageSchema, type ImageView } from '@sluice/util-images';
import type { Observable } from 'rxjs';
import { ImageStreams, MOST_PENDING_CHARACTERS } from '../progress/image-streams';
import { ImageAccess, type LinkRequest, PublicByLink } from './image-access';
import { ImageFileAnswer } from './image-file-answer';
import {
  type CreateImage,
  createImageBody,
  type EventsQuery,
  eventsQuery,
  type FileQuery,
  fileQuery,
  type ImageParams,
  imageParams,
} from './image.schemas';
import { ImageService } from './image.service';

const LONGEST_KEY = 255;

@Controller('api/images')
export class ImageController {
  constructor(
    private readonly images: ImageService,
    private readonly access: ImageAccess,
    private readonly files: ImageFileAnswer,
    private readonly streams: ImageStreams,
  ) {}

  @Post()
  @RateLimit({ policies: ['image-creation'] })
  @Endpoint({
    summary: 'Queues a generation',
    body: createImageBody,
    responses: { 202: imageSchema },
    requestHeaders: {
      'Idempotency-Key':
        '1 to 255 characters, kept for 24 hours: the same request with the same key is answered once',
    },
    responseHeaders: { Location: 'Where the image is' },
    problems: [404, 422],
  })
  async create(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody() body: CreateImage,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<ImageView> {
    const image = await this.images.create(user.id, body, checkedKey(key));
    reply.header('Location', `/api/images/${image.id}`);
    return image;
  }

  @Get(':id')
  @Endpoint({
    summary: 'One of the own images',
    params: imageParams,
    responses: { 200: imageSchema },
    problems: [404],
  })
  byId(@CurrentUser() user: AuthenticatedUser, @ValidParams() { id }: ImageParams): Promise<ImageView> {
    return this.images.byId(user.id, id);
  }

  @Post(':id/cancel')
  @Endpoint({
    summary: 'Stops a generation, in whatever stage it is',
    params: imageParams,
    responses: { 202: imageSchema },
    problems: [404],
  })
  cancel(@CurrentUser() user: AuthenticatedUser, @ValidParams() { id }: ImageParams): Promise<ImageView> {
    return this.images.cancel(user.id, id);
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deletes an image', params: imageParams, responses: { 204: null }, problems: [404] })
  async delete(@CurrentUser() user: AuthenticatedUser, @ValidParams() { id }: ImageParams): Promise<void> {
    await this.images.delete(user.id, id);
  }

  @Get(':id/file')
  @RateLimit({ policies: ['image-links'], everywhere: false })
  @PublicByLink()
  @Endpoint({
    summary: 'The picture, or a small one',
    params: imageParams,
    query: fileQuery,
    responses: { 200: null, 304: null },
    requestHeaders: { 'If-None-Match': 'ETag of what you have; 304 then' },
    responseHeaders: { ETag: 'What is in the file' },
    problems: [403, 404],
  })
  async file(
    @Req() request: LinkRequest,
    @ValidParams() { id }: ImageParams,
    @ValidQuery() { variant }: FileQuery,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<StreamableFile | undefined> {
    const image = await this.images.owned(this.access.ownerFor(request, variant ?? 'file', id), id);
    return this.files.give(reply, { image, variant, ifNoneMatch });
  }

  @Sse(':id/events', { maxPendingDataLength: MOST_PENDING_CHARACTERS })
  @RateLimit({ policies: ['image-links'], everywhere: false })
  @PublicByLink()
  @Endpoint({
    summary: 'What becomes of an image, as server-sent events: a snapshot, then status and progress',
    params: imageParams,
    query: eventsQuery,
    responses: { 200: null },
    requestHeaders: {
      'Last-Event-ID': 'Sent by an EventSource that comes back; answered with a new snapshot',
    },
    problems: [403, 404],
  })
  async events(
    @Req() request: LinkRequest,
    @ValidParams() { id }: ImageParams,
    @ValidQuery() _query: EventsQuery,
  ): Promise<Observable<MessageEvent>> {
    const { ownerId } = await this.images.owned(this.access.ownerFor(request, 'events', id), id);
    return this.streams.open({ id, ownerId });
  }
}

function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  if (key.length >= 1 && key.length <= LONGEST_KEY) return key;
  throw problem(400, { detail: `An Idempotency-Key has 1 to ${LONGEST_KEY} characters.` });
}
