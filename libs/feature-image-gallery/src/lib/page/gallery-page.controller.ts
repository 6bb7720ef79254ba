import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { answerWithEtag, type HttpReply, problem, Public } from '@sluice/util-http';
import { type PageFile, readPageFiles } from './page-files';

/** What the page may do: its own scripts and styles, our API and pictures, and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  // Forms are sent by script alone: without it, no password gets anywhere.
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * The page to look at one's images. Its files have no hash in their names: while instances of two versions serve side
 * by side, each must find the files that the page of the other asks for.
 */
@Public()
@ApiExcludeController()
@Controller('gallery')
export class GalleryPageController {
  private readonly files = readPageFiles();

  @Get()
  page(
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): string | undefined {
    return this.send('gallery.html', ifNoneMatch, reply);
  }

  @Get(':name')
  file(
    @Param('name') name: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): string | undefined {
    // The page has one address only.
    return this.send(name === 'gallery.html' ? '' : name, ifNoneMatch, reply);
  }

  private send(name: string, ifNoneMatch: string | undefined, reply: HttpReply): string | undefined {
    const file: PageFile | undefined = this.files.get(name);
    if (!file) throw problem(404, { detail: 'The gallery has no such file.' });
    for (const [header, value] of Object.entries(HEADERS)) reply.header(header, value);
    reply.header('Content-Type', file.type);
    return answerWithEtag(reply, { etag: file.etag, ifNoneMatch, body: file.text });
  }
}
