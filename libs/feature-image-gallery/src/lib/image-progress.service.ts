import { Injectable } from '@nestjs/common';
import { RedisService } from '@sluice/data-access-redis';
import { isBeingMade, progressIn, progressKey } from '@sluice/util-images';

/** How far images are that are being made, as whoever makes them has told. */
@Injectable()
export class ImageProgressService {
  constructor(private readonly redis: RedisService) {}

  /** In one round trip, and none where nothing is being made. What is not in it has none. Never rejects. */
  async of(images: readonly { id: string; status: string }[]): Promise<Map<string, number>> {
    const ids = images.filter(({ status }) => isBeingMade(status)).map(({ id }) => id);
    if (ids.length === 0) return new Map();
    const texts = await this.redis.getMany(ids.map(progressKey)).catch(() => []);
    return new Map(ids.map((id, i) => [id, progressIn(texts[i] ?? null) ?? 0]));
  }
}
