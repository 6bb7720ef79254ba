/** What a character is to its owner, by id; the simplest thing that could be right. */
export interface ModelCharacter {
  id: string;
  ownerId: string;
  name: string;
  handle: string;
  config: Record<string, unknown>;
  version: number;
}

type Outcome = { status: number; character?: ModelCharacter };

/** Characters in a list, with the rules of the contract and no cache. */
export class CharacterModel {
  private characters: ModelCharacter[] = [];

  create(ownerId: string, id: string, body: { name: string; handle: string; config: object }): Outcome {
    if (this.taken(ownerId, body.handle)) return { status: 409 };
    const character = { id, ownerId, ...body, config: { ...body.config }, version: 1 };
    this.characters.unshift(character);
    return { status: 201, character };
  }

  patch(
    ownerId: string,
    id: string,
    patch: Partial<{ name: string; handle: string; config: object }>,
  ): Outcome {
    const character = this.find(ownerId, id);
    if (!character) return { status: 404 };
    if (patch.handle !== undefined && this.taken(ownerId, patch.handle, id)) return { status: 409 };
    const config = { ...character.config, ...patch.config };
    Object.assign(character, patch, { config, version: character.version + 1 });
    return { status: 200, character };
  }

  delete(ownerId: string, id: string): Outcome {
    const character = this.find(ownerId, id);
    this.characters = this.characters.filter((one) => one !== character);
    return { status: character ? 204 : 404 };
  }

  get(ownerId: string, id: string): Outcome {
    const character = this.find(ownerId, id);
    return character ? { status: 200, character } : { status: 404 };
  }

  byHandle(ownerId: string, handle: string): Outcome {
    const character = this.list(ownerId).find((one) => one.handle.toLowerCase() === handle.toLowerCase());
    return character ? { status: 200, character } : { status: 404 };
  }

  list(ownerId: string): ModelCharacter[] {
    return this.characters.filter((one) => one.ownerId === ownerId);
  }

  private find(ownerId: string, id: string): ModelCharacter | undefined {
    return this.characters.find((one) => one.id === id && one.ownerId === ownerId);
  }

  private taken(ownerId: string, handle: string, exceptId?: string): boolean {
    const holder = this.byHandle(ownerId, handle).character;
    return holder !== undefined && holder.id !== exceptId;
  }
}
