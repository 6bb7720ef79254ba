import { AppSecrets } from '@sluice/util-http';
import { IMAGE_STATUSES, imageSchema } from './image.schema';
import { ImageLinks } from './links/image-links';
import { presentImage, type PresentableImage } from './present-image';

const links = new ImageLinks(
  new AppSecrets('a secret of the installation, long enough'),
  () => 1_795_608_000_000,
);
const made: PresentableImage = {
  id: '0190f3b2-1111-7abc-8def-000000000001',
  status: 'queued',
  prompt: 'a lighthouse',
  seed: '18446744073709551615',
  width: 64,
  height: 128,
  characterId: null,
  liked: false,
  error: null,
  createdAt: new Date('2026-11-25T12:00:00.123Z'),
  completedAt: null,
};

describe('an image as it is answered', () => {
  it.each(IMAGE_STATUSES)('passes its own schema when %s', (status) => {
    expect(imageSchema.parse(presentImage({ ...made, status }, links))).toMatchObject({
      status,
      seed: made.seed,
    });
  });

  it('has a file only when it is completed, and is then whole', () => {
    const completed = presentImage({ ...made, status: 'completed', completedAt: made.createdAt }, links, 0.4);
    expect(completed).toMatchObject({ progress: 1, completedAt: '2026-11-25T12:00:00.123Z' });
    expect(completed.links.file).toContain(`/api/images/${made.id}/file?e=`);
    expect(completed.links.thumb).toContain('variant=thumb');
    for (const status of IMAGE_STATUSES.filter((status) => status !== 'completed')) {
      const other = presentImage({ ...made, status }, links, 0.4);
      expect(other.progress).toBe(0.4);
      expect(Object.keys(other.links)).toEqual(['self', 'events', 'cancel']);
    }
  });

  it('says why it failed, and nothing that is ours alone', () => {
    const error = { code: 'OUT_OF_MEMORY', message: 'It was too large.', server: 'http://gpu-1:8188' };
    const row = { ...made, status: 'failed' as const, error, ownerId: 'somebody', fileKey: 'f' };
    const failed = presentImage(row, links);
    expect(failed.error).toEqual({ code: 'OUT_OF_MEMORY', message: 'It was too large.' });
    expect(JSON.stringify(failed)).not.toMatch(/somebody|gpu-1|fileKey/);
  });

  it('is the same from a cache, where moments are text', () => {
    const cached = JSON.parse(JSON.stringify(made)) as PresentableImage;
    expect(presentImage(cached, links)).toEqual(presentImage(made, links));
  });
});
