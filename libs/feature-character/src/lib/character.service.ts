import { Injectable } from '@nestjs/common';
import { type Character, CharacterRepository, DatabaseError } from '@sluice/data-access-database';
import { allowsChangeOf, CursorCodec, etagOf, list, type List, problem } from '@sluice/util-http';
import { z } from 'zod';
import { type CachedCharacter, type CachedPage, CharacterCacheService } from './character-cache.service';
import type { CharacterView, CreateCharacter, PatchCharacter } from './character.schemas';

const positionSchema = z.object({ createdAt: z.string(), id: z.string() });

/** Characters of a user. Somebody else's character is answered like one that does not exist. */
@Injectable()
export class CharacterService {
  constructor(
    private readonly characters: CharacterRepository,
    private readonly cache: CharacterCacheService,
    private readonly cursors: CursorCodec,
  ) {}

  /** @throws ProblemError 409 when the user has a character of this handle, whatever the case */
  async create(ownerId: string, { name, handle, config }: CreateCharacter): Promise<CharacterView> {
    const created = await refusingTakenHandle(() =>
      this.characters.create({ ownerId, name, handle, config }),
    );
    await this.cache.invalidate({ ownerId, handles: [handle] });
    return view(cached(created));
  }

  /** @throws ProblemError 404 */
  async byId(ownerId: string, id: string): Promise<CharacterView> {
    return view(await this.owned(ownerId, id));
  }

  /** @throws ProblemError 404 */
  async byHandle(ownerId: string, handle: string): Promise<CharacterView> {
    const find = () => this.characters.findByHandle(ownerId, handle);
    const id = await this.cache.idByHandle(ownerId, handle, async () => (await find())?.id ?? null);
    if (id === null) throw notFound();
    const found = await this.load(id);
    if (found?.ownerId === ownerId && sameHandle(found.handle, handle)) return view(found);
    // The pointer and the character were read at different moments, with a rename between them.
    const now = await find();
    if (!now) throw notFound();
    return view(cached(now));
  }

  /** A page of the user's characters, newest first. Only first pages are cached: they are what is asked for. */
  async list(
    ownerId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<List<CharacterView>> {
    const name = `characters:${ownerId}`;
    const after =
      page.cursor === undefined ? undefined : this.cursors.decode(name, page.cursor, positionSchema);
    const { characters, next } = after
      ? await this.page(ownerId, page.limit, { createdAt: new Date(after.createdAt), id: after.id })
      : await this.cache.firstPage(ownerId, page.limit, () => this.page(ownerId, page.limit));
    return list(characters.map(view), next && this.cursors.encode(name, next));
  }

  /** @throws ProblemError 404, 409 for a taken handle, 412 when `ifMatch` does not name the present version */
  async patch(
    ownerId: string,
    id: string,
    patch: PatchCharacter,
    ifMatch: string | undefined,
  ): Promise<CharacterView> {
    const before = await this.characters.findById(id);
    if (!before || before.ownerId !== ownerId) throw notFound();
    if (!allowsChangeOf(ifMatch, etagOf(before.version))) throw stale();
    if (Object.keys(patch).length === 0) return view(cached(before));
    const expectedVersion = ifMatch === undefined ? undefined : before.version;
    const update = await refusingTakenHandle(() =>
      this.characters.update(id, ownerId, patch, expectedVersion),
    );
    if (update.outcome !== 'updated') throw update.outcome === 'stale' ? stale() : notFound();
    await this.cache.invalidate({ ownerId, id, handles: [before.handle, update.character.handle] });
    return view(cached(update.character));
  }

  /** @throws ProblemError 404, also for one that was deleted before */
  async delete(ownerId: string, id: string): Promise<void> {
    const before = await this.characters.findById(id);
    const deleted = before?.ownerId === ownerId && (await this.characters.softDelete(id, ownerId));
    if (!before || !deleted) throw notFound();
    await this.cache.invalidate({ ownerId, id, handles: [before.handle] });
  }

  private async owned(ownerId: string, id: string): Promise<CachedCharacter> {
    const found = await this.load(id);
    if (found?.ownerId !== ownerId) throw notFound();
    return found;
  }

  private load(id: string): Promise<CachedCharacter | null> {
    return this.cache.byId(id, async () => {
      const character = await this.characters.findById(id);
      return character && cached(character);
    });
  }

  private async page(
    ownerId: string,
    limit: number,
    after?: { createdAt: Date; id: string },
  ): Promise<CachedPage> {
    // One more than asked for tells whether there are more.
    const rows = await this.characters.list(ownerId, { limit: limit + 1, ...(after && { after }) });
    const characters = rows.slice(0, limit).map(cached);
    const last = characters.at(-1);
    return {
      characters,
      next: rows.length > limit && last ? { createdAt: last.createdAt, id: last.id } : null,
    };
  }
}

function cached({
  id,
  ownerId,
  name,
  handle,
  config,
  version,
  createdAt,
  updatedAt,
}: Character): CachedCharacter {
  return {
    id,
    ownerId,
    name,
    handle,
    config: config as CachedCharacter['config'],
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

function view({ ownerId: _ownerId, ...rest }: CachedCharacter): CharacterView {
  return rest;
}

function sameHandle(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

async function refusingTakenHandle<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'DATABASE_CONFLICT') throw error;
    throw problem(409, { detail: 'You have a character of this handle already. Choose another handle.' });
  }
}

function notFound() {
  return problem(404, { detail: 'There is no such character.' });
}

function stale() {
  return problem(412, {
    detail: 'The character was changed meanwhile. Read it again and repeat the change.',
  });
}
