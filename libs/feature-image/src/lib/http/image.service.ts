import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  CharacterRepository,
  DatabaseError,
  ImageJobRepository,
  ImageRepository,
  type NewImage,
} from '@sluice/data-access-database';
import { problem } from '@sluice/util-http';
import type { ImageView } from '@sluice/util-images';
import { IMAGE_CONFIG, type ImageConfig } from '../image.options';
import { ImageJobRunner } from '../jobs/image-job-runner';
import { JobChannel } from '../jobs/job-channel';
import { ImageEvents } from '../progress/image-events';
import { IdempotentAnswers } from './idempotent-answers';
import { ImageAnswers } from './image-answers';
import { type ImageSnapshot, ImageSnapshots } from './image-snapshots';
import type { CreateImage } from './image.schemas';
import { requestHash } from './request-hash';

/** Images of a user. Somebody else's image is answered like one that does not exist. */
@Injectable()
export class ImageService {
  constructor(
    private readonly images: ImageRepository,
    private readonly snapshots: ImageSnapshots,
    private readonly jobs: ImageJobRepository,
    private readonly characters: CharacterRepository,
    private readonly runner: ImageJobRunner,
    private readonly channel: JobChannel,
    private readonly events: ImageEvents,
    private readonly idempotency: IdempotentAnswers,
    private readonly answers: ImageAnswers,
    @Inject(IMAGE_CONFIG) private readonly config: ImageConfig,
  ) {}

  /**
   * Queues a generation; who paints it is told, and need not hear it. With a key the same request is answered once.
   *
   * @throws ProblemError 404 for a character that is not the user's, 422 for a key of another body, 429 when too many
   * images are unfinished, 503 when nobody could ever paint it
   */
  async create(ownerId: string, body: CreateImage, key: string | undefined): Promise<ImageView> {
    if (!this.runner.configured) throw nobodyPaints();
    const queue = (id?: string) => this.#queue(ownerId, body, id);
    if (key === undefined) return queue();
    return this.idempotency.once({ userId: ownerId, key, requestHash: requestHash(body) }, queue);
  }

  /** @throws ProblemError 404 */
  async byId(ownerId: string, id: string): Promise<ImageView> {
    return this.answers.of(await this.owned(ownerId, id));
  }

  /** Safe to repeat, in every stage. @throws ProblemError 404 */
  async cancel(ownerId: string, id: string): Promise<ImageView> {
    const result = await this.jobs.requestCancel(id, ownerId);
    if (!result) throw notFound();
    if (result.status === 'cancelling') void this.channel.callOff(id);
    if (result.changed) await this.events.changed({ id, ownerId });
    return this.byId(ownerId, id);
  }

  /** What is still being made of it is stopped. @throws ProblemError 404, also for one that was deleted before */
  async delete(ownerId: string, id: string): Promise<void> {
    if (!(await this.images.softDelete(id, ownerId))) throw notFound();
    void this.channel.callOff(id);
    await this.events.changed({ id, ownerId });
  }

  /** @param ownerId undefined: anybody's, for who has shown a link to it. @throws ProblemError 404 */
  async owned(ownerId: string | undefined, id: string): Promise<ImageSnapshot> {
    const image = await this.snapshots.find(id);
    if (!image || (ownerId !== undefined && image.ownerId !== ownerId)) throw notFound();
    return image;
  }

  async #queue(ownerId: string, body: CreateImage, id: string | undefined): Promise<ImageView> {
    const { characterId, negativePrompt, prompt, width, height, seed = anySeed() } = body;
    if (characterId !== undefined) {
      const character = await this.characters.findById(characterId);
      if (character?.ownerId !== ownerId) throw noCharacter();
    }
    const result = await this.#enqueue({
      ownerId,
      prompt,
      width,
      height,
      seed,
      ...(id !== undefined && { id }),
      ...(characterId !== undefined && { characterId }),
      ...(negativePrompt && { negativePrompt }),
    });
    if (result.outcome === 'over-quota') throw tooMany(result.unfinished);
    void this.channel.callForWork();
    await this.events.changed({ id: result.image.id, ownerId });
    return this.answers.of(result.image);
  }

  async #enqueue(image: NewImage) {
    try {
      return await this.jobs.enqueue(image, { quota: this.config.quota });
    } catch (error) {
      const characterGone = error instanceof DatabaseError && error.code === 'DATABASE_INVALID';
      throw characterGone && image.characterId !== undefined ? noCharacter() : error;
    }
  }
}

function anySeed(): string {
  return randomBytes(8).readBigUInt64BE().toString();
}

function notFound() {
  return problem(404, { detail: 'There is no such image.' });
}

function noCharacter() {
  return problem(404, { detail: 'There is no such character.' });
}

function tooMany(unfinished: number) {
  return problem(429, {
    detail: `You have ${unfinished} unfinished images, and may not have more. Wait for one to be finished, or cancel one.`,
    headers: { 'Retry-After': '10' },
  });
}

function nobodyPaints() {
  return problem(503, {
    detail: 'No image server is configured, so no image can be made. The operator has to set COMFYUI_URLS.',
    headers: { 'Retry-After': '300' },
  });
}
