import { Controller, Delete, Get, Headers, Patch, Post, Res } from '@nestjs/common';
import {
  answerWithEtag,
  type AuthenticatedUser,
  CurrentUser,
  Endpoint,
  etagOf,
  type HttpReply,
  idParams,
  type List,
  type PageQuery,
  ValidBody,
  ValidParams,
  ValidQuery,
} from '@sluice/util-http';
import type { z } from 'zod';
import {
  characterListSchema,
  characterSchema,
  charactersQuery,
  type CharacterView,
  type CreateCharacter,
  createCharacterBody,
  handleParams,
  type PatchCharacter,
  patchCharacterBody,
} from './character.schemas';
import { CharacterService } from './character.service';

const IF_NONE_MATCH = { 'If-None-Match': 'ETag of what you have; 304 when it is still current' };
const ETAG = { ETag: 'The version of the character' };

@Controller('api/characters')
export class CharacterController {
  constructor(private readonly characters: CharacterService) {}

  @Post()
  @Endpoint({
    summary: 'Creates a character',
    body: createCharacterBody,
    responses: { 201: characterSchema },
    responseHeaders: { ...ETAG, Location: 'Where the character is' },
    problems: [409],
  })
  async create(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody() body: CreateCharacter,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<CharacterView> {
    const character = await this.characters.create(user.id, body);
    reply.header('ETag', etagOf(character.version));
    reply.header('Location', `/api/characters/${character.id}`);
    return character;
  }

  @Get()
  @Endpoint({
    summary: 'Own characters, newest first',
    query: charactersQuery,
    responses: { 200: characterListSchema },
  })
  list(@CurrentUser() user: AuthenticatedUser, @ValidQuery() page: PageQuery): Promise<List<CharacterView>> {
    return this.characters.list(user.id, page);
  }

  @Get('by-handle/:handle')
  @Endpoint({
    summary: 'One of the own characters, by handle, whatever its case',
    params: handleParams,
    responses: { 200: characterSchema, 304: null },
    requestHeaders: IF_NONE_MATCH,
    responseHeaders: ETAG,
    problems: [404],
  })
  async byHandle(
    @CurrentUser() user: AuthenticatedUser,
    @ValidParams() { handle }: z.infer<typeof handleParams>,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<CharacterView | undefined> {
    const body = await this.characters.byHandle(user.id, handle);
    return answerWithEtag(reply, { etag: etagOf(body.version), ifNoneMatch, body });
  }

  @Get(':id')
  @Endpoint({
    summary: 'One of the own characters',
    params: idParams,
    responses: { 200: characterSchema, 304: null },
    requestHeaders: IF_NONE_MATCH,
    responseHeaders: ETAG,
    problems: [404],
  })
  async byId(
    @CurrentUser() user: AuthenticatedUser,
    @ValidParams() { id }: z.infer<typeof idParams>,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<CharacterView | undefined> {
    const body = await this.characters.byId(user.id, id);
    return answerWithEtag(reply, { etag: etagOf(body.version), ifNoneMatch, body });
  }

  @Patch(':id')
  @Endpoint({
    summary: 'Changes a character; config is merged by key',
    params: idParams,
    body: patchCharacterBody,
    responses: { 200: characterSchema },
    requestHeaders: { 'If-Match': 'ETag the change is meant for; without it, the newest version is changed' },
    responseHeaders: ETAG,
    problems: [404, 409, 412],
  })
  async patch(
    @CurrentUser() user: AuthenticatedUser,
    @ValidParams() { id }: z.infer<typeof idParams>,
    @ValidBody() body: PatchCharacter,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: HttpReply,
  ): Promise<CharacterView> {
    const character = await this.characters.patch(user.id, id, body, ifMatch);
    reply.header('ETag', etagOf(character.version));
    return character;
  }

  @Delete(':id')
  @Endpoint({ summary: 'Deletes a character', params: idParams, responses: { 204: null }, problems: [404] })
  async delete(
    @CurrentUser() user: AuthenticatedUser,
    @ValidParams() { id }: z.infer<typeof idParams>,
  ): Promise<void> {
    await this.characters.delete(user.id, id);
  }
}
