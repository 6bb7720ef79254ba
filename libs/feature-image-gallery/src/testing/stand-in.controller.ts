import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { type Image, ImageJobRepository, ImageRepository } from '@sluice/data-access-database';
import { type HttpRequest, problem, Public } from '@sluice/util-http';
import { ImageLinks, type ImageView, presentImage } from '@sluice/util-images';
import type { ServerResponse } from 'node:http';
import { ImageGalleryCacheService } from '../index';

/** What the stand-in knows, and what a test may have it do. */
export class StandIn {
  static readonly password = 'the right password';
  /** Who signs in. */
  userId = '';
  /** Whether the tokens that are given out by a sign-in are over already. */
  givesOldTokens = false;
  readonly calls: string[] = [];
  /** Tells who follows an image how far it is, by its id. */
  readonly streams = new Map<string, (event: string, progress: number) => Promise<void>>();
  mostStreams = 0;
}

/** One point in red. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The routes of other features that the page asks. */
@Controller('api')
export class StandInController {
  @Inject() private readonly standIn!: StandIn;
  @Inject() private readonly images!: ImageRepository;
  @Inject() private readonly jobs!: ImageJobRepository;
  @Inject() private readonly links!: ImageLinks;
  @Inject() private readonly cache!: ImageGalleryCacheService;

  @Post('auth/login')
  @Public()
  @HttpCode(200)
  signIn(@Body() { password }: { password: string }): object {
    if (password !== StandIn.password) throw problem(401, { detail: 'The password is wrong.' });
    return this.tokens(this.standIn.givesOldTokens ? 'over' : this.standIn.userId);
  }

  @Post('auth/refresh')
  @Public()
  @HttpCode(200)
  renew(): object {
    this.standIn.calls.push('refresh');
    return this.tokens(this.standIn.userId);
  }

  @Post('auth/logout')
  @HttpCode(204)
  signOut(): void {
    this.standIn.calls.push('logout');
  }

  @Get('images/:id')
  async one(@Param('id') id: string): Promise<ImageView> {
    return presentImage((await this.images.findById(id)) as Image, this.links);
  }

  @Post('images/:id/cancel')
  @HttpCode(202)
  async cancel(@Param('id') id: string): Promise<void> {
    await this.jobs.requestCancel(id, this.standIn.userId);
    await this.cache.invalidate({ id, ownerId: this.standIn.userId });
  }

  @Get('images/:id/file')
  @Public()
  file(@Headers() headers: HttpRequest['headers'], @Res() reply: RawReply): void {
    this.standIn.calls.push(`file ${headers['authorization'] ?? 'by link'}`);
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
  }

  @Get('images/:id/events')
  @Public()
  async events(@Param('id') id: string, @Res() reply: RawReply): Promise<void> {
    const { streams } = this.standIn;
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    const tell = async (event: string, progress: number) => {
      const view = presentImage((await this.images.findById(id)) as Image, this.links, progress);
      reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(view)}\n\n`);
    };
    await tell('snapshot', 0);
    streams.set(id, tell);
    this.standIn.mostStreams = Math.max(this.standIn.mostStreams, streams.size);
    reply.raw.on('close', () => streams.delete(id));
  }

  private tokens(accessToken: string): object {
    return { accessToken, refreshToken: 'of this session', expiresIn: 900 };
  }
}

interface RawReply {
  hijack(): void;
  readonly raw: ServerResponse;
}
