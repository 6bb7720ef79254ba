import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { resolveImageOptions } from './image.options';
import { resolveImageStorageOptions } from './storage/image-storage.options';

const ROOT = join(__dirname, '../../../..');
const GUIDE = readFileSync(join(ROOT, 'docs/guides/images.md'), 'utf8');

/** What is configured in such an environment, as far as the guide speaks of it. */
function configured(environment: Record<string, string>) {
  const { comfyui, storage, worker, quota, streams } = resolveImageOptions({}, environment);
  return { comfyui, worker, quota, streams, storage: resolveImageStorageOptions(storage as object) };
}

const rows = [...GUIDE.matchAll(/^\| `([A-Z_]+)` +\| (\S+) +\|/gm)].map(
  ([, name = '', fallback = '']) => [name, fallback.replaceAll('`', '')] as const,
);

describe('the guide on images', () => {
  it('names every variable that is read, and no other', () => {
    const read = new Set<string>();
    resolveImageOptions({}, new Proxy({}, { get: (_, name) => void read.add(String(name)) }));
    expect(rows.map(([name]) => name).sort()).toEqual([...read].sort());
  });

  it.each(rows.filter(([, fallback]) => fallback !== '–'))(
    'says what the default of %s is: %s',
    (name, fallback) => {
      expect(configured({ [name]: fallback })).toEqual(configured({}));
      expect(
        configured({ [name]: /^\d+$/.test(fallback) ? `${Number(fallback) - 1}` : 'other' }),
      ).not.toEqual(configured({}));
    },
  );

  it('gives the times and numbers of the code', () => {
    const { worker, streams } = configured({});
    for (const words of [
      `**lease** of ${worker.lease / 1_000} s`,
      `${['', '', '', 'three'][worker.attempts]} attempts`,
      `${{ 120_000: 'two minutes' }[worker.serverPatience]} long`,
      `loses its process ${{ 8: 'eight' }[worker.losses]} times`,
      `after ${{ 3_600_000: 'an hour' }[worker.storePatience]} \`failed\` with \`NOT_STORED\``,
      `A comment every ${streams.heartbeat / 1_000} s`,
      `It ends after ${streams.longest / 60_000} minutes`,
      `${streams.perUser} streams for each user and process`,
    ]) {
      expect(GUIDE).toContain(words);
    }
  });

  it('names specs that are there', () => {
    const there = ['libs', 'apps'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).flatMap((project) => {
        const source = join(ROOT, folder, project, 'src');
        return (readdirSync(source, { recursive: true }) as string[]).map((path) => basename(path));
      }),
    );
    const named = [...GUIDE.matchAll(/`(?:[\w./-]+\/)?([\w.-]+\.spec\.ts)`/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !there.includes(name))).toEqual([]);
  });
});
